/** The platform database as the files of this folder use it. One statement is one transaction. */

/** A parameterised statement, or a part of one: `text` names its values `$1`, `$2` and so on. */
export class Statement {
  readonly text: string;
  readonly values: readonly unknown[];

  constructor(text: string, values: readonly unknown[]) {
    this.text = text;
    this.values = values;
  }
}

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

const PARAMETER = /\$(\d+)/g;

/** Builds a statement from a template. A `${value}` becomes a parameter; a statement in its place becomes a part of this one. */
export function sql(strings: TemplateStringsArray, ...values: unknown[]): Statement {
  const parameters: unknown[] = [];
  const text = strings.reduce((before, part, index) => {
    const value = values[index - 1];
    if (!(value instanceof Statement)) return `${before}$${parameters.push(value)}${part}`;
    const offset = parameters.length;
    parameters.push(...value.values);
    return before + value.text.replaceAll(PARAMETER, (_, number) => `$${offset + Number(number)}`) + part;
  });
  return new Statement(text, parameters);
}
