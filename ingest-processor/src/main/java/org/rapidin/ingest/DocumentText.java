package org.rapidin.ingest;

import java.util.Map;
import org.opensearch.ingest.IngestDocument;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextTemplate;

/**
 * Reads a document's sample: its fields through the attributor's template.
 *
 * @param template the attributor's
 * @param fieldMap template field → document field; fields that are not in it keep their name
 */
record DocumentText(TextTemplate template, Map<String, String> fieldMap) {

  /**
   * The sample of one document.
   *
   * @throws IllegalArgumentException if a field is missing or holds no single text; names it
   */
  Sample of(IngestDocument document) {
    return template.render(field -> text(document, fieldMap.getOrDefault(field, field)));
  }

  private static String text(IngestDocument document, String field) {
    return switch (document.getFieldValue(field, Object.class, true)) {
      case String text -> text;
      case Number number -> number.toString();
      case Boolean truth -> truth.toString();
      case null ->
          throw new IllegalArgumentException(
              "field ["
                  + field
                  + "] is missing: the attributor's template reads it;"
                  + " give the document that field, or name another one in field_map");
      case Object other ->
          throw new IllegalArgumentException(
              "field ["
                  + field
                  + "] holds "
                  + kind(other)
                  + ", the attributor's template needs"
                  + " one text: make it one before, for example with a join processor");
    };
  }

  private static String kind(Object value) {
    return switch (value) {
      case Iterable<?> list -> "a list";
      case Map<?, ?> map -> "an object";
      default -> "no text";
    };
  }
}
