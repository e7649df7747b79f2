package org.rapidin.ingest;

import java.util.List;
import java.util.Map;
import org.opensearch.ingest.IngestDocument;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;
import org.rapidin.attribution.TextTemplate;

/**
 * Reads a document's sample: its fields through the attributor's template.
 *
 * @param template the attributor's
 * @param fieldMap template field → document field; fields that are not in it keep their name
 * @param limit of what is read of a document
 */
public record DocumentText(TextTemplate template, Map<String, String> fieldMap, TextLimit limit) {

  /**
   * The sample of one document.
   *
   * @throws IllegalArgumentException if a field is missing or does not hold one text, or the
   *     completion is empty; names the field
   */
  public Sample of(IngestDocument document) {
    Sample sample = template.render(limit, field -> text(document, field));
    if (sample.completion().isEmpty()) {
      throw emptyCompletion();
    }
    limit.requireCeiling(sample);
    return sample;
  }

  private String text(IngestDocument document, String templateField) {
    String field = fieldMap.getOrDefault(templateField, templateField);
    return switch (document.getFieldValue(field, Object.class, true)) {
      case String text -> text;
      case Number number -> number.toString();
      case Boolean truth -> truth.toString();
      case null ->
          throw new IllegalArgumentException(
              "field [%s] is missing: the attributor's template reads it; give the document that field, or name another one in field_map"
                  .formatted(field));
      case Map<?, ?> object ->
          throw new IllegalArgumentException(
              "field [%s] holds an object, the attributor's template needs one text: name one of its fields in the processor's field_map, for example \"field_map\": {\"%s\": \"%s.text\"}"
                  .formatted(field, templateField, field));
      case Object other ->
          throw new IllegalArgumentException(
              "field [%s] holds %s, the attributor's template needs one text: make it one before, for example with a join processor"
                  .formatted(field, other instanceof Iterable<?> ? "a list" : "something else"));
    };
  }

  private IllegalArgumentException emptyCompletion() {
    List<String> fields =
        template.completionFields().stream()
            .map(field -> fieldMap.getOrDefault(field, field))
            .toList();
    String condition = "%s != ''".formatted(painless(fields.getFirst()));
    return new IllegalArgumentException(
        "%s empty: there is nothing to attribute; to store such documents without a vector, give the processor a condition such as \"if\": \"%s\""
            .formatted(
                fields.size() == 1
                    ? "field [%s] is".formatted(fields.getFirst())
                    : "fields %s are".formatted(fields),
                condition));
  }

  /** How a condition reads a field; only identifiers can follow a dot. */
  private static String painless(String field) {
    String[] path = field.split("\\.");
    StringBuilder expression = new StringBuilder("ctx");
    for (int i = 0; i < path.length; i++) {
      boolean isIdentifier = path[i].matches("[A-Za-z_][A-Za-z0-9_]*");
      String form = isIdentifier ? ".%s" : i == 0 ? "['%s']" : ".get('%s')";
      expression.append(i == 0 ? "" : "?").append(form.formatted(path[i]));
    }
    return expression.toString();
  }
}
