package org.rapidin.attribution.model.decoder.fused;

import ai.djl.Device;
import ai.djl.pytorch.jni.JniUtils;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * Who computes the large matrix products, and how many queries attention takes at a time.
 *
 * <p>On the CPU, libtorch holds two libraries. MKL runs generic code on processors that are not
 * Intel's. oneDNN chooses by instruction set: 100 to 111 against 85 to 95 GFLOP/s on one thread of
 * an AMD Zen 4, for the products of a 135M-parameter model.
 */
enum Products {
  MKL("products-torch.py", 64),
  ONEDNN("products-onednn.py", 64),
  /** More queries at a time, because a device waits for each operation to start. */
  CUDA("products-torch.py", 512);

  private final String resource;
  private final int queries;

  Products(String resource, int queries) {
    this.resource = resource;
    this.queries = queries;
  }

  /** How many queries attention takes at a time, so that scores take little memory. */
  int queries() {
    return queries;
  }

  /**
   * What is fastest on a device. On the CPU with several threads for one operation it is MKL,
   * because {@link BlockedSignals} cannot keep signals from the other threads of oneDNN.
   */
  static Products of(Device device) {
    if (device.isGpu()) {
      return CUDA;
    }
    return JniUtils.getNumThreads() > 1 ? MKL : ofThisProcessor();
  }

  /** The part of the program that holds the products. */
  String resource() {
    return resource;
  }

  /** MKL on Intel, oneDNN elsewhere. */
  static Products ofThisProcessor() {
    // FileInputStream, because the server's agent checks java.nio.file.
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(new FileInputStream("/proc/cpuinfo"), StandardCharsets.UTF_8))) {
      return lines.lines().limit(10).anyMatch(line -> line.contains("GenuineIntel")) ? MKL : ONEDNN;
    } catch (IOException e) {
      return ONEDNN; // works everywhere
    }
  }
}
