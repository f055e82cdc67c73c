// The rows of one stock, out of a Parquet table of all stocks: its footer, and the row groups that can have the stock.

import { Unreadable } from "../data/files.js";
import { open, TAIL } from "./remote_file.js";

// As text, like everywhere in these pages: 2024-08-02 and 2024-08-02T13:51:00.000Z.
const parsers = {
  dateFromDays: (days) => new Date(days * 86400000).toISOString().slice(0, 10),
  timestampFromMicroseconds: (micros) => new Date(Number(micros) / 1000).toISOString(),
};
let reading;

/** What reads Parquet, fetched when the first table is. */
function reader() {
  reading ??= Promise.all([import("../../vendor/hyparquet.js"), import("../../vendor/fzstd.js")]).catch(() => {
    throw new Unreadable("The scripts that read the history cannot be reached. Reload the page.");
  });
  return reading;
}

/** Objects by column, in the order of the table. */
export async function rowsOf(path, symbol) {
  const file = await open(path);
  try {
    const [{ parquetMetadataAsync, parquetReadObjects }, { decompress }] = await reader();
    const metadata = await parquetMetadataAsync(file, { parsers, initialFetchSize: TAIL });
    const rows = await parquetReadObjects({ file, metadata, parsers, filter: { symbol: { $eq: symbol } },
      compressors: { ZSTD: (content, size) => decompress(content, new Uint8Array(size)) } });
    return rows.map(plain);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable(`${path} cannot be read: it is not the table that it should be (${error.message}).`);
  }
}

/** What `read` gives, once for each key of `reading`; what failed is read again when it is asked for again. */
export function once(reading, key, read) {
  if (!reading.has(key)) {
    reading.set(key, read().catch((error) => {
      reading.delete(key);
      throw error;
    }));
  }
  return reading.get(key);
}

const plain = (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]));
