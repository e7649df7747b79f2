package org.rapidin.plugin.registry;

import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.rapidin.ingest.RapidGradProcessor;
import org.rapidin.ingest.RapidGradProcessorFactory;

/**
 * Finds the {@code rapidgrad} processors in a pipeline that is still maps and lists, wherever they
 * are: in {@code processors}, {@code on_failure}, {@code foreach}.
 */
public final class PipelineAttributors {
  private PipelineAttributors() {}

  /**
   * Attributors that the pipeline names.
   *
   * @param pipeline the body of a pipeline
   * @return attributor id → template fields that the processors' field_map renames
   */
  public static Map<String, SortedSet<String>> in(Map<String, Object> pipeline) {
    Map<String, SortedSet<String>> found = new TreeMap<>();
    collect(pipeline, found);
    return found;
  }

  private static void collect(Object value, Map<String, SortedSet<String>> found) {
    switch (value) {
      case Map<?, ?> map ->
          map.forEach(
              (key, inner) -> {
                if (RapidGradProcessor.TYPE.equals(key) && inner instanceof Map<?, ?> processor) {
                  add(processor, found);
                }
                collect(inner, found);
              });
      case Iterable<?> list -> list.forEach(inner -> collect(inner, found));
      case null, default -> {}
    }
  }

  private static void add(Map<?, ?> processor, Map<String, SortedSet<String>> found) {
    if (processor.get(RapidGradProcessorFactory.ATTRIBUTOR) instanceof String id) {
      SortedSet<String> renamed = found.computeIfAbsent(id, none -> new TreeSet<>());
      if (processor.get(RapidGradProcessorFactory.FIELD_MAP) instanceof Map<?, ?> fields) {
        fields.keySet().forEach(field -> renamed.add(field.toString()));
      }
    }
  }
}
