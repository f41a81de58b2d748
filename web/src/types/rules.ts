// Written by `make gen` from the services' input rules.

/** A SKU, or the id of an order. */
export const identifier = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
