package org.rapidin.plugin.mapper;

import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.mapper.MappingTransformer;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/**
 * Pins the attributor of every gradient field into the mapping, makes {@code _source} leave the
 * field out, and refuses a source for recoveries that does, fields that documents would make, and
 * copies into gradient fields. OpenSearch calls it on the cluster manager, once, when an index is
 * created and when a mapping or a template is put; never when an index opens, recovers or is
 * restored.
 */
public final class GradientMappingTransformer implements MappingTransformer {
  private final Function<String, RegisteredAttributor> attributors;

  /**
   * Resolves names of attributors.
   *
   * @param attributors gives the registered attributor of an id, or throws an
   *     IllegalArgumentException that names those there are
   */
  public GradientMappingTransformer(Function<String, RegisteredAttributor> attributors) {
    this.attributors = attributors;
  }

  @Override
  public void transform(
      Map<String, Object> mapping, TransformContext context, ActionListener<Void> listener) {
    ActionListener.completeWith(
        listener,
        () -> {
          DynamicGradients.refuse(mapping);
          CopiedGradients.refuse(mapping);
          GradientFields.in(mapping).forEach((field, node) -> complete(field, node, mapping));
          RecoverySource.require(mapping);
          return null;
        });
  }

  private void complete(String field, Map<String, Object> node, Map<String, Object> mapping) {
    if (KeyPath.ROOT.then(field).misspelled() != null) {
      throw new IllegalArgumentException(
          "field [%s] of type [gradient_vector] has an empty part in its name: remove dots at its start, at its end, and next to another dot"
              .formatted(field));
    }
    if (!(node.get(PinnedAttributor.ATTRIBUTOR) instanceof String id)) {
      throw new IllegalArgumentException(
          "field [%s] of type [gradient_vector] names no attributor: add \"attributor\""
              .formatted(field));
    }
    PinnedAttributor.of(attributors.apply(id))
        .toMapping()
        .forEach((pin, value) -> pin(field, id, node, pin, value));
    SourceExclusion.exclude(field, GradientFields.root(mapping));
  }

  private static void pin(
      String field, String attributor, Map<String, Object> node, String pin, Object value) {
    Object given = node.put(pin, value);
    if (given != null && !same(given, value)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "field [%s] has %s [%s], its attributor [%s] has [%s]: leave %s out",
              field,
              pin,
              given,
              attributor,
              value,
              pin));
    }
  }

  private static boolean same(Object given, Object value) {
    return given instanceof Number left && value instanceof Number right
        ? Double.compare(left.doubleValue(), right.doubleValue()) == 0
        : Objects.equals(given.toString(), value.toString());
  }
}
