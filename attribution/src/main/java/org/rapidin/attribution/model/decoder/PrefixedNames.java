package org.rapidin.attribution.model.decoder;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Function;
import org.rapidin.attribution.model.file.TensorInfo;
import org.rapidin.attribution.model.file.TensorSource;

/**
 * Tensors whose names get a prefix.
 *
 * @param files closed with this
 * @param head name that stays as it is
 */
record PrefixedNames(TensorSource files, String prefix, String head) implements TensorSource {

  @Override
  public Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    files.names().forEach(name -> names.add(name.equals(head) ? name : prefix + name));
    return Collections.unmodifiableSet(names);
  }

  private String stored(String name) {
    return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
  }

  @Override
  public TensorInfo info(String name) {
    return files.info(stored(name));
  }

  @Override
  public String file(String name) {
    return files.file(stored(name));
  }

  @Override
  public <T> T read(String name, Function<MemorySegment, T> reader) {
    return files.read(stored(name), reader);
  }

  @Override
  public boolean isCurrent() {
    return files.isCurrent();
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
