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
import org.rapidin.plugin.mapper.KeyPath;

/**
 * One pass over a document: whether it waits for vectors, and whether it brings one. It follows
 * keys as OpenSearch does; see {@link KeyPath}.
 */
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
   * Reads a document.
   *
   * @param placeholder says which strings stand for a vector; null if none does
   * @param fields full names of the index's gradient fields, without empty parts
   * @throws IOException if the document cannot be parsed
   * @throws IllegalArgumentException if it brings a vector by a key that {@code _source} would
   *     keep; names the key
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
        scan.object(KeyPath.ROOT, parser);
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

  private void object(KeyPath path, XContentParser parser) throws IOException {
    while (parser.nextToken() == Token.FIELD_NAME) {
      KeyPath inner = path.then(parser.currentName());
      parser.nextToken();
      value(inner, parser);
    }
  }

  private void value(KeyPath path, XContentParser parser) throws IOException {
    switch (parser.currentToken()) {
      case START_OBJECT -> object(path, parser);
      case START_ARRAY -> array(path, parser);
      case VALUE_NULL -> {}
      case VALUE_STRING -> {
        // Other texts are not decoded.
        if (placeholder != null && placeholder.test(parser.text())) {
          waits = true;
        } else {
          bring(path);
        }
      }
      default -> bring(path);
    }
  }

  private void array(KeyPath path, XContentParser parser) throws IOException {
    if (fields.contains(path.field())) {
      bring(path);
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() != Token.END_ARRAY) {
      value(path, parser);
    }
  }

  private void bring(KeyPath path) {
    if (fields.contains(path.field())) {
      path.requireRegular();
      brings = true;
    }
  }
}
