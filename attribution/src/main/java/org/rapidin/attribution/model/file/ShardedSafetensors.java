package org.rapidin.attribution.model.file;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Tensors spread over several safetensors files, as {@code model.safetensors.index.json} lists
 * them.
 */
final class ShardedSafetensors implements TensorSource {
  private final Map<String, SafetensorsFile> shardOf;

  private ShardedSafetensors(Map<String, SafetensorsFile> shardOf) {
    this.shardOf = Collections.unmodifiableMap(shardOf);
  }

  /**
   * File names of the shards that an index lists.
   *
   * @throws IllegalArgumentException if a listed name is not a plain *.safetensors file name
   */
  static Set<String> shardNames(Path index) throws IOException {
    Set<String> names = new TreeSet<>(JsonObject.read(index).textMap("weight_map").values());
    for (String name : names) {
      if (!name.matches("[A-Za-z0-9._-]{1,255}\\.safetensors")) {
        throw new IllegalArgumentException(
            "%s lists [%s], which is no *.safetensors file name"
                .formatted(index.getFileName(), name));
      }
    }
    return names;
  }

  /**
   * Opens all shards and checks that the index and their headers list the same tensors.
   *
   * @param index the index file
   * @param resolve from the name of a shard to its path
   */
  static ShardedSafetensors open(Path index, Function<String, Path> resolve) throws IOException {
    Map<String, String> weightMap = JsonObject.read(index).textMap("weight_map");
    Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
    Map<String, SafetensorsFile> shardOf = new LinkedHashMap<>();
    try {
      for (String name : shardNames(index)) {
        SafetensorsFile shard = SafetensorsFile.open(resolve.apply(name));
        shards.put(name, shard);
        for (String tensor : shard.names()) {
          if (!name.equals(weightMap.get(tensor))) {
            throw new IllegalArgumentException(
                "tensor [%s] is in %s, the index says otherwise".formatted(tensor, name));
          }
          shardOf.put(tensor, shard);
        }
      }
      for (String tensor : weightMap.keySet()) {
        if (!shardOf.containsKey(tensor)) {
          throw new IllegalArgumentException(
              "the index puts tensor [%s] in a file that lacks it".formatted(tensor));
        }
      }
      return new ShardedSafetensors(shardOf);
    } catch (IOException | RuntimeException e) {
      shards.values().forEach(SafetensorsFile::close);
      throw e;
    }
  }

  @Override
  public Set<String> names() {
    return shardOf.keySet();
  }

  @Override
  public TensorInfo info(String name) {
    return shard(name).info(name);
  }

  @Override
  public String file(String name) {
    return shard(name).file(name);
  }

  @Override
  public <T> T read(String name, Function<MemorySegment, T> reader) {
    return shard(name).read(name, reader);
  }

  @Override
  public boolean isCurrent() {
    return Set.copyOf(shardOf.values()).stream().allMatch(SafetensorsFile::isCurrent);
  }

  private SafetensorsFile shard(String name) {
    SafetensorsFile shard = shardOf.get(name);
    if (shard == null) {
      throw new IllegalArgumentException("there is no tensor [%s] in the shards".formatted(name));
    }
    return shard;
  }

  @Override
  public void close() {
    shardOf.values().forEach(SafetensorsFile::close);
  }
}
