package org.rapidin.attribution.model.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * What tells the content of a file from an earlier one without reading it.
 *
 * @param size in bytes
 * @param changed last modification, in nanoseconds where the file system has them
 * @param key of the file in its file system, such as device and inode; may be null
 */
record FileVersion(long size, FileTime changed, Object key) {

  /** The version of a file now, by one call of the system. */
  static FileVersion of(Path file) throws IOException {
    BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
    return new FileVersion(now.size(), now.lastModifiedTime(), now.fileKey());
  }
}
