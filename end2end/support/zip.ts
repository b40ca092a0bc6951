// Writes uncompressed ZIP archives, as small stand-ins for those of Takeout. No package: the format takes forty lines.
import { crc32 } from 'node:zlib';
import type { UploadFile } from './samples';

/** An archive of these files: path to text. */
export function zipFile(name: string, files: Record<string, string>): UploadFile {
  const localEntries: Buffer[] = [];
  const centralEntries: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const [pathBytes, data] = [Buffer.from(path), Buffer.from(text)];
    // The fields from "version needed" to "extra field length" are the same in both headers (APPNOTE.TXT, 4.3.7 and 4.3.12).
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt32LE(0x5a210000, 6);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(pathBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, pathBytes, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    centralEntries.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), common, tail, pathBytes]));
    localEntries.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centralEntries);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(centralEntries.length, 8);
  end.writeUInt16LE(centralEntries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return { name, mimeType: 'application/zip', buffer: Buffer.concat([...localEntries, directory, end]) };
}
