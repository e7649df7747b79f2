package org.rapidin.attribution.model.decoder.fused;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * Who computes the large matrix products; libtorch holds both. MKL runs generic code on processors
 * that are not Intel's. oneDNN chooses by instruction set: 100 to 111 against 85 to 95 GFLOP/s on
 * one thread of an AMD Zen 4, for the products of a 135M-parameter model.
 */
enum Products {
  MKL("products-mkl.py"),
  ONEDNN("products-onednn.py");

  private final String resource;

  Products(String resource) {
    this.resource = resource;
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
