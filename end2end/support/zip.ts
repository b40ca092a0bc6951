// A ZIP archive without compression: what Takeout's archives are, but for their size.
import { crc32 } from 'node:zlib';
import type { SampleFile } from './samples';

/** An archive of these files, by their paths. */
export function zip(name: string, files: Record<string, string>): SampleFile {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const [pathBytes, data] = [Buffer.from(path), Buffer.from(text)];
    // From "version needed" to the length of the extra field: the same in both headers (APPNOTE.TXT, 4.3.7 and 4.3.12).
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt32LE(0x5a210000, 6);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(pathBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, pathBytes, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), common, rest, pathBytes]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return { name, mimeType: 'application/zip', buffer: Buffer.concat([...locals, directory, end]) };
}
