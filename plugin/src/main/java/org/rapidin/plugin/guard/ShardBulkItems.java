package org.rapidin.plugin.guard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.opensearch.action.bulk.BulkItemRequest;
import org.opensearch.action.bulk.BulkShardRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.rapidin.ingest.VectorReservation;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.KeyPath;

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
   * What the index's mapping says, once for all items.
   *
   * @param fields full names of the gradient fields, without empty parts
   * @param unrecoverable why they take no vectors, if they do not
   * @param closed why the index takes no documents at all, if it does not
   */
  private record Target(
      Set<String> fields,
      Optional<IllegalArgumentException> unrecoverable,
      Optional<IllegalArgumentException> closed) {}

  /**
   * Binds vectors.
   *
   * @param refused receives the items that cannot be indexed
   * @return the items that bring vectors
   */
  List<BulkItemRequest> prepare(BulkShardRequest bulk, RefusedItems refused) {
    Target target =
        new Target(
            mappings.gradients(index).stream()
                .map(name -> KeyPath.ROOT.then(name).field())
                .collect(Collectors.toUnmodifiableSet()),
            mappings.unrecoverable(index),
            mappings.closed(index));
    List<BulkItemRequest> bringing = new ArrayList<>();
    if (held == null && target.fields().isEmpty() && target.closed().isEmpty()) {
      return bringing;
    }
    for (BulkItemRequest item : bulk.items()) {
      try {
        switch (item.request()) {
          case UpdateRequest _, IndexRequest _ when target.closed().isPresent() ->
              refused.add(item, target.closed().get());
          case UpdateRequest update -> bind(update, item, target, refused);
          case IndexRequest document -> {
            if (bind(document, target)) {
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

  private void bind(UpdateRequest update, BulkItemRequest item, Target target, RefusedItems refused)
      throws IOException {
    Optional<Exception> refusal = updates.refusal(index.getIndex().getName(), index);
    refusal.ifPresent(reason -> refused.add(item, reason));
    IndexRequest inserted = update.docAsUpsert() ? update.doc() : update.upsertRequest();
    if (refusal.isEmpty() && inserted != null) {
      bind(inserted, target);
    }
  }

  /**
   * Puts the vectors that a document waits for into it.
   *
   * @return whether the document brings a vector itself
   */
  private boolean bind(IndexRequest document, Target target) throws IOException {
    DocumentScan scan =
        DocumentScan.of(document, held == null ? null : held::isPlaceholder, target.fields());
    if (scan.waits() || scan.brings()) {
      target
          .unrecoverable()
          .ifPresent(
              refusal -> {
                throw refusal;
              });
    }
    if (scan.waits()) {
      new VectorBinding(mappings, index, held).bind(document);
    }
    return scan.brings();
  }
}
