package org.rapidin.plugin.registry;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.opensearch.ingest.PipelineConfiguration;
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
    processors(pipeline, processor -> add(processor, found));
    return found;
  }

  /**
   * A processor.
   *
   * @param attributor id
   * @param field that receives the vectors
   */
  public record Target(String attributor, String field) {}

  /**
   * Finds where a pipeline's processors write, following the pipelines that it calls.
   *
   * @param id of the pipeline
   * @param pipelines all pipelines; one that is not among them has no processors
   */
  public static Set<Target> targets(String id, Map<String, PipelineConfiguration> pipelines) {
    Set<Target> targets = new LinkedHashSet<>();
    follow(id, pipelines, new HashSet<>(), targets);
    return targets;
  }

  /**
   * Finds the field maps of the processors of a pipeline that write to a target; of those that have
   * none, the empty map.
   *
   * @param pipeline the body of a pipeline
   */
  public static Set<Map<String, String>> fieldMaps(Map<String, Object> pipeline, Target target) {
    Set<Map<String, String>> maps = new LinkedHashSet<>();
    processors(
        pipeline,
        processor -> {
          if (target.equals(target(processor))) {
            Map<String, String> fields = new TreeMap<>();
            if (processor.get(RapidGradProcessorFactory.FIELD_MAP) instanceof Map<?, ?> given) {
              given.forEach((template, field) -> fields.put(template.toString(), "" + field));
            }
            maps.add(fields);
          }
        });
    return maps;
  }

  /** Where a processor writes; null if it names no attributor. */
  private static Target target(Map<?, ?> processor) {
    if (!(processor.get(RapidGradProcessorFactory.ATTRIBUTOR) instanceof String id)) {
      return null;
    }
    Object field = processor.get(RapidGradProcessorFactory.TARGET_FIELD);
    return new Target(
        id, field == null ? RapidGradProcessorFactory.DEFAULT_TARGET : field.toString());
  }

  private static void follow(
      String id,
      Map<String, PipelineConfiguration> pipelines,
      Set<String> seen,
      Set<Target> targets) {
    if (seen.add(id) && pipelines.get(id) != null) {
      follow(pipelines.get(id).getConfigAsMap(), pipelines, seen, targets);
    }
  }

  private static void follow(
      Object value,
      Map<String, PipelineConfiguration> pipelines,
      Set<String> seen,
      Set<Target> targets) {
    switch (value) {
      case Map<?, ?> map ->
          map.forEach(
              (key, inner) -> {
                if (inner instanceof Map<?, ?> processor) {
                  if (RapidGradProcessor.TYPE.equals(key) && target(processor) != null) {
                    targets.add(target(processor));
                  } else if ("pipeline".equals(key)
                      && processor.get("name") instanceof String called) {
                    follow(called, pipelines, seen, targets);
                  }
                }
                follow(inner, pipelines, seen, targets);
              });
      case Iterable<?> list -> list.forEach(inner -> follow(inner, pipelines, seen, targets));
      case null, default -> {}
    }
  }

  private static void processors(Object value, Consumer<Map<?, ?>> found) {
    switch (value) {
      case Map<?, ?> map ->
          map.forEach(
              (key, inner) -> {
                if (RapidGradProcessor.TYPE.equals(key) && inner instanceof Map<?, ?> processor) {
                  found.accept(processor);
                }
                processors(inner, found);
              });
      case Iterable<?> list -> list.forEach(inner -> processors(inner, found));
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
