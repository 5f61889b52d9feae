// A row of a table: who may do what on which resources, or may not.

const row = expected => (name, who, what, on, more = {}) => ({ row: name, who, what, on, allowed: expected, ...more });
export const allowed = row(true);
export const denied = row(false);
