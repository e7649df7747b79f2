package org.rapidin.plugin.compare;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.PinnedAttributor;
import org.rapidin.plugin.mapper.TargetFields;

/**
 * Finds the fields whose vectors come from attributors.
 *
 * @param registry of attributors
 * @param targets the pins of fields over indices
 * @param mappings the gradient fields of indices
 */
record ComparedFields(
    AttributorRegistry registry, TargetFields targets, GradientMappings mappings) {

  /**
   * A field.
   *
   * @param name full name
   * @param pins of its mapping
   */
  record Compared(String name, PinnedAttributor pins) {}

  /**
   * Returns the field of an attributor.
   *
   * @param named the field's name; null for the only one
   * @param key how a request names the field
   * @param index what the request searches, for messages
   * @param indices that are searched
   * @throws IllegalArgumentException if the attributor is not registered, or there is no such field
   *     or there are several
   */
  Compared of(
      String attributor, String named, String key, String index, List<IndexMetadata> indices) {
    RegisteredAttributor registered = registry.require(attributor);
    String field = named == null ? only(attributor, key, index, indices) : named;
    Optional<PinnedAttributor> pins = targets.pins(field, indices);
    if (pins.isEmpty()) {
      throw new IllegalArgumentException(
          "no field [%s] of type [gradient_vector] in [%s]".formatted(field, index));
    }
    requireOf(registered, field, pins.get());
    return new Compared(field, pins.get());
  }

  private static void requireOf(
      RegisteredAttributor registered, String field, PinnedAttributor pins) {
    if (!pins.attributor().equals(registered.id())) {
      throw new IllegalArgumentException(
          "field [%s] holds gradients of attributor [%s], not of [%s]: name a field of [%s]"
              .formatted(field, pins.attributor(), registered.id(), registered.id()));
    }
    if (!pins.fingerprint().equals(registered.fingerprint())) {
      throw new IllegalArgumentException(
          "field [%s] holds gradients of attributor [%s] as it was with fingerprint [%s], it now has [%s]: _reindex into a new index"
              .formatted(field, pins.attributor(), pins.fingerprint(), registered.fingerprint()));
    }
  }

  private String only(String attributor, String key, String index, List<IndexMetadata> indices) {
    Set<String> found = new TreeSet<>();
    for (IndexMetadata each : indices) {
      for (String field : mappings.gradients(each)) {
        mappings
            .pins(each, field)
            .filter(pins -> pins.attributor().equals(attributor))
            .ifPresent(pins -> found.add(field));
      }
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "no field of [%s] holds gradients of attributor [%s]: map a field of type [gradient_vector] to it and index the documents there"
              .formatted(index, attributor));
    }
    if (found.size() > 1) {
      throw new IllegalArgumentException(
          "fields %s of [%s] hold gradients of attributor [%s]: name one of them with [%s]"
              .formatted(found, index, attributor, key));
    }
    return found.iterator().next();
  }
}
