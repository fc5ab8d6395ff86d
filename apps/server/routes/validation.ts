/** Requests are held against the schemas of the contract; what does not fit is answered with the place and the fault. */
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/**
 * Bodies are taken as they are: a version `null` or `"3"` is no number. Parameters and queries are text, so where the schema
 * wants a number or a boolean, text that surely is one becomes one.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  const convert = httpPart === 'body' ? (value: unknown) => value : converter(schema);
  return (value) => {
    const converted = convert(value);
    if (validator.Check(converted)) return { value: converted };
    return { error: [mostTelling(validator.Errors(converted) as readonly SchemaFault[])] };
  };
};

/** Where in the request something is wrong, and what, in words that can stand behind the place and a colon. */
export function describeFault(part: string, fault: FastifySchemaValidationError): { where: string; what: string } {
  const place = part === 'querystring' ? 'query' : part;
  const where = [place, ...fault.instancePath.split('/').filter((name) => name !== '')].join('.');
  return { where, what: fault.message ?? 'does not fit' };
}

interface SchemaFault extends FastifySchemaValidationError {
  readonly params: { readonly allowedValue?: string; readonly additionalProperties?: readonly string[] };
}

/** Of all faults the one that helps: every alternative of a union has its own, and only one alternative was meant. */
function mostTelling(faults: readonly SchemaFault[]): FastifySchemaValidationError {
  const useful = faults.filter(({ keyword }) => keyword !== 'boolean' && keyword !== 'anyOf');
  const constants = useful.filter(({ keyword }) => keyword === 'const');
  const wrongAlternatives = new Set(constants.map(alternativeOf));
  const meant = useful.find((fault) => !wrongAlternatives.has(alternativeOf(fault)));
  const [constant] = constants;
  if (meant === undefined && constant !== undefined) {
    const values = constants.map(({ params }) => params.allowedValue).join(', ');
    return { ...constant, message: `must be one of ${values}` };
  }
  const fault = meant ?? useful[0] ?? faults[0];
  if (fault === undefined)
    return { keyword: '', instancePath: '', schemaPath: '', params: {}, message: 'does not fit' };
  const { additionalProperties: extra } = fault.params;
  return extra === undefined ? fault : { ...fault, message: `must not have ${extra.join(', ')}` };
}

/** The alternative of a union that a fault speaks of; empty where there is no union. */
function alternativeOf({ schemaPath }: SchemaFault): string {
  return /^.*\/anyOf\/\d+/.exec(schemaPath)?.[0] ?? '';
}

type Convert = (text: unknown) => unknown;

function converter(schema: TSchema): Convert {
  const { properties } = schema as { properties?: Readonly<Record<string, { readonly type?: string }>> };
  const types = Object.entries(properties ?? {}).map(([name, { type }]) => [name, type] as const);
  return (value) => {
    const converted: Record<string, unknown> = { ...(value as Record<string, unknown>) };
    for (const [name, type] of types) {
      const text = converted[name];
      if (type === 'integer' && typeof text === 'string' && /^-?\d{1,15}$/.test(text)) converted[name] = Number(text);
      if (type === 'number' && typeof text === 'string' && /^-?\d{1,15}(?:\.\d{1,9})?$/.test(text))
        converted[name] = Number(text);
      if (type === 'boolean' && (text === 'true' || text === 'false')) converted[name] = text === 'true';
    }
    return converted;
  };
}
