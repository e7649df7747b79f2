package org.rapidin.attribution.model.decoder.fused;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Wraps the program's text the way libtorch stores a module without parameters:
 *
 * <ul>
 *   <li><b>fused/data.pkl</b>: a pickled object of class {@code __torch__.Kernels} in training mode
 *   <li><b>fused/code/__torch__.py</b>: the class
 *   <li><b>fused/constants.pkl</b>: an empty tuple
 *   <li><b>fused/version</b>: 3
 * </ul>
 *
 * All entries are stored, not compressed.
 */
final class TorchScriptArchive {
  /**
   * Protocol 2; class __torch__.Kernels without arguments; its state {training: true, hook: None}.
   */
  private static final String OBJECT =
      "\u0080\u0002c__torch__\nKernels\nq\u0000)\u0081}("
          + "X\u0008\u0000\u0000\u0000training\u0088"
          + "X\u0016\u0000\u0000\u0000_is_full_backward_hookN"
          + "ub.";

  private static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, ')', '.'};

  private TorchScriptArchive() {}

  /** The archive with the given products. */
  static byte[] of(Products products) throws IOException {
    String block =
        "  def block(self: __torch__.Kernels) -> int:\n    return %s\n"
            .formatted(products.queries());
    String code = resource("kernels.py") + block + resource(products.resource());
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(archive)) {
      zip.setMethod(ZipOutputStream.STORED);
      put(zip, "data.pkl", OBJECT.getBytes(StandardCharsets.ISO_8859_1));
      put(zip, "code/__torch__.py", code.getBytes(StandardCharsets.UTF_8));
      put(zip, "constants.pkl", EMPTY_TUPLE);
      put(zip, "version", "3\n".getBytes(StandardCharsets.UTF_8));
    }
    return archive.toByteArray();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = TorchScriptArchive.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 checksum = new CRC32();
    checksum.update(content);
    ZipEntry entry = new ZipEntry("fused/" + name);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(checksum.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
