/** MongoDB's codes for errors of PostgreSQL and DocumentDB. */
import { CommandError } from "../errors.ts";

const BAD_VALUE = 2;
const UNKNOWN = 8;
/** Every code of DocumentDB's own begins with it. */
const DOCUMENTDB_CLASS = "M";

/** SQLSTATE to MongoDB's code, for what ordinary clients look at. Any other complaint of DocumentDB's is about the caller's values. */
const CODES: Readonly<Record<string, number>> = {
  M0000: 1,
  M0003: 9,
  M0004: 14,
  M0005: 15,
  M0006: 20,
  M0008: 26,
  M0009: 27,
  M000A: 28,
  M000D: 40,
  M000E: 43,
  M000F: 48,
  M000G: 52,
  M000J: 56,
  M000M: 66,
  M000N: 67,
  M000O: 68,
  M000P: 72,
  M000Q: 73,
  M000R: 85,
  M000S: 86,
  M000U: 115,
  M000W: 146,
  M0010: 167,
  M0015: 241,
  M0018: 291,
  M001B: 10334,
  M001C: 11000,
  M003A: 17419,
  M003B: 17420,
  M007U: 40324,
  M00CO: 121,
  M00EX: 50,
  "23505": 11000,
  "23P01": 11000,
  "28000": 18,
  "28P01": 18,
  "40001": 112,
  "40P01": 112,
  "42501": 13,
  "53100": 14031,
  "53300": 8000,
  "57014": 50,
  "57P01": 11601,
  "57P02": 91,
  "57P03": 91,
};

export function mongoCodeOf(sqlState: string | undefined): number {
  if (sqlState === undefined) return UNKNOWN;
  return CODES[sqlState] ?? (sqlState.startsWith(DOCUMENTDB_CLASS) ? BAD_VALUE : UNKNOWN);
}

/** @param error as the driver or the protocol library gives it */
export function commandError(error: { code?: string | undefined; message: string }): CommandError {
  return new CommandError(mongoCodeOf(error.code), error.message, { cause: error });
}

const CHARACTERS_IN_SQLSTATE = 5;
const BITS_A_CHARACTER = 6;
const LARGEST_PACKED = 2 ** (CHARACTERS_IN_SQLSTATE * BITS_A_CHARACTER);

/** DocumentDB puts PostgreSQL's packed form (six bits a character, from "0" on) where MongoDB has its code. */
export function unpackSqlState(packed: number): string | undefined {
  if (!Number.isInteger(packed) || packed <= 0 || packed >= LARGEST_PACKED) return undefined;
  const characters = Array.from({ length: CHARACTERS_IN_SQLSTATE }, (_, index) =>
    String.fromCharCode(((packed >> (BITS_A_CHARACTER * index)) & 0x3f) + 0x30),
  );
  return characters.join("");
}
