package org.rapidin.plugin.guard;

import java.io.IOException;
import java.util.Set;
import java.util.function.Predicate;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.transport.Transports;

/** One pass over a document: whether it waits for vectors, and whether it brings one. */
final class DocumentScan {
  // Null if there are none.
  private final Predicate<String> placeholder;
  private final Set<String> fields;
  private boolean waits;
  private boolean brings;

  private DocumentScan(Predicate<String> placeholder, Set<String> fields) {
    this.placeholder = placeholder;
    this.fields = fields;
  }

  /**
   * Reads a document; without placeholders no further than to the first vector.
   *
   * @param placeholder says which strings stand for a vector; null if none does
   * @param fields full names of the index's gradient fields
   * @throws IOException if the document cannot be parsed so far
   */
  static DocumentScan of(IndexRequest document, Predicate<String> placeholder, Set<String> fields)
      throws IOException {
    assert Transports.assertNotTransportThread("reads a document");
    DocumentScan scan = new DocumentScan(placeholder, fields);
    try (XContentParser parser =
        XContentHelper.createParser(
            NamedXContentRegistry.EMPTY,
            DeprecationHandler.IGNORE_DEPRECATIONS,
            document.source(),
            document.getContentType())) {
      if (parser.nextToken() == Token.START_OBJECT) {
        scan.object("", parser);
      }
    }
    return scan;
  }

  /** Whether a placeholder is anywhere in the document. */
  boolean waits() {
    return waits;
  }

  /** Whether a gradient field has a value that is not a placeholder. */
  boolean brings() {
    return brings;
  }

  private boolean isDone() {
    return brings && placeholder == null;
  }

  private void object(String path, XContentParser parser) throws IOException {
    while (!isDone() && parser.nextToken() == Token.FIELD_NAME) {
      String name = path.isEmpty() ? parser.currentName() : path + "." + parser.currentName();
      parser.nextToken();
      value(name, parser);
    }
  }

  private void value(String path, XContentParser parser) throws IOException {
    switch (parser.currentToken()) {
      case START_OBJECT -> object(path, parser);
      case START_ARRAY -> array(path, parser);
      case VALUE_NULL -> {}
      case VALUE_STRING -> {
        // Other texts are not decoded.
        if (placeholder != null && placeholder.test(parser.text())) {
          waits = true;
        } else {
          brings |= fields.contains(path);
        }
      }
      default -> brings |= fields.contains(path);
    }
  }

  private void array(String path, XContentParser parser) throws IOException {
    if (fields.contains(path)) {
      brings = true;
      if (!isDone()) {
        parser.skipChildren();
      }
      return;
    }
    while (!isDone() && parser.nextToken() != Token.END_ARRAY) {
      value(path, parser);
    }
  }
}
