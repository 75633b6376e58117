/** The platform database as the aggregates in this folder use it: one statement, or several in one transaction. */

/** A parameterised statement; values go to the server apart from the text. */
export type Statement = { text: string; values: readonly unknown[] };

export class DatabaseError extends Error {
  /** SQLSTATE, when the server itself refused. */
  readonly sqlState: string | null;

  constructor(sqlState: string | null, options?: { cause?: unknown }) {
    super(sqlState ? `the platform database refused a statement (${sqlState})` : "the platform database did not answer", options);
    this.name = "DatabaseError";
    this.sqlState = sqlState;
  }
}

export interface PlatformDatabase {
  /** Runs one statement. Rows are unparsed: each aggregate parses its own. @throws DatabaseError */
  query(statement: Statement): Promise<unknown[]>;
}

/** Builds a statement from a template: every `${value}` becomes a parameter. */
export function sql(strings: TemplateStringsArray, ...values: unknown[]): Statement {
  return { text: strings.reduce((text, part, index) => `${text}$${index}${part}`), values };
}
