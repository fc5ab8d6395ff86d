/** Instants as a `datetime-local` field has them: in the zone of the viewer, without saying so. */

export function inputOfInstant(wallMs: number): string {
  const date = new Date(wallMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Null while the field holds no whole instant. */
export function instantOfInput(text: string): number | null {
  const wallMs = new Date(text).getTime();
  return Number.isNaN(wallMs) || wallMs < 0 ? null : wallMs;
}
