package org.rapidin.plugin.guard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.opensearch.action.bulk.BulkItemRequest;
import org.opensearch.action.bulk.BulkShardRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.rapidin.ingest.VectorReservation;
import org.rapidin.plugin.mapper.GradientMappings;

/**
 * Puts computed vectors into the documents of a shard's bulk, and finds the items that bring
 * vectors or cannot be indexed. Reads all documents.
 *
 * @param mappings the index's gradient fields
 * @param updates says which updates are refused
 * @param index of the shard
 * @param held the bulk's vectors, or null where it holds none
 */
record ShardBulkItems(
    GradientMappings mappings,
    GradientUpdates updates,
    IndexMetadata index,
    VectorReservation held) {

  /**
   * Binds vectors.
   *
   * @param refused receives the items that cannot be indexed
   * @return the items that bring vectors
   */
  List<BulkItemRequest> prepare(BulkShardRequest bulk, RefusedItems refused) {
    Set<String> fields = mappings.gradients(index);
    List<BulkItemRequest> bringing = new ArrayList<>();
    if (held == null && fields.isEmpty()) {
      return bringing;
    }
    for (BulkItemRequest item : bulk.items()) {
      try {
        switch (item.request()) {
          case UpdateRequest update -> bind(update, item, fields, refused);
          case IndexRequest document -> {
            if (bind(document, fields)) {
              bringing.add(item);
            }
          }
          default -> {}
        }
      } catch (IOException | RuntimeException e) {
        refused.add(item, e);
      }
    }
    return bringing;
  }

  private void bind(
      UpdateRequest update, BulkItemRequest item, Set<String> fields, RefusedItems refused)
      throws IOException {
    Optional<Exception> refusal = updates.refusal(index.getIndex().getName(), index);
    refusal.ifPresent(reason -> refused.add(item, reason));
    IndexRequest inserted = update.docAsUpsert() ? update.doc() : update.upsertRequest();
    if (refusal.isEmpty() && inserted != null) {
      bind(inserted, fields);
    }
  }

  /**
   * Puts the vectors that a document waits for into it.
   *
   * @return whether the document brings a vector itself
   */
  private boolean bind(IndexRequest document, Set<String> fields) throws IOException {
    DocumentScan scan =
        DocumentScan.of(document, held == null ? null : held::isPlaceholder, fields);
    if (scan.waits() || scan.brings()) {
      mappings.requireRecoverable(index);
    }
    if (scan.waits()) {
      new VectorBinding(mappings, index, held).bind(document);
    }
    return scan.brings();
  }
}
