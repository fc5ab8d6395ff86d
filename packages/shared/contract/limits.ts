/** The most bytes that a request to a server may have, data and path and all (Java `jute.maxbuffer`, default 0xfffff). */
export const MAX_REQUEST_BYTES = 0xfffff;
