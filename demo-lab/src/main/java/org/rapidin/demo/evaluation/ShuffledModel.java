package org.rapidin.demo.evaluation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A model that has learned nothing: the numbers of each tensor in random order, so that their
 * distribution stays what it was.
 */
final class ShuffledModel {
  private ShuffledModel() {}

  /** Copies a model's directory and shuffles every tensor of its safetensors files. */
  static void write(Path from, Path to, long seed) throws IOException {
    Random random = new Random(seed);
    for (Path file : copy(from, to)) {
      if (file.toString().endsWith(".safetensors")) {
        byte[] bytes = Files.readAllBytes(file);
        shuffle(bytes, random);
        Files.write(file, bytes);
      }
    }
  }

  /** Copies the files of a directory; returns the copies. */
  static List<Path> copy(Path from, Path to) throws IOException {
    List<Path> files;
    try (Stream<Path> paths = Files.walk(from)) {
      files = paths.filter(Files::isRegularFile).sorted().toList();
    }
    List<Path> copies = new ArrayList<>();
    for (Path file : files) {
      Path copy = to.resolve(from.relativize(file).toString());
      Files.createDirectories(copy.getParent());
      copies.add(Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING));
    }
    return copies;
  }

  /** Shuffles the numbers of each tensor of a safetensors file. */
  static void shuffle(byte[] file, Random random) throws IOException {
    int header = Math.toIntExact(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong());
    JsonNode tensors = new ObjectMapper().readTree(file, Long.BYTES, header);
    int data = Long.BYTES + header;
    for (JsonNode tensor : tensors) {
      if (tensor.has("data_offsets")) {
        int begin = data + tensor.get("data_offsets").get(0).intValue();
        int end = data + tensor.get("data_offsets").get(1).intValue();
        shuffle(file, begin, end, tensor.get("dtype").asText().equals("F32") ? 4 : 2, random);
      }
    }
  }

  private static void shuffle(byte[] file, int begin, int end, int width, Random random) {
    for (int i = (end - begin) / width - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      for (int b = 0; b < width; b++) {
        byte kept = file[begin + i * width + b];
        file[begin + i * width + b] = file[begin + j * width + b];
        file[begin + j * width + b] = kept;
      }
    }
  }
}
