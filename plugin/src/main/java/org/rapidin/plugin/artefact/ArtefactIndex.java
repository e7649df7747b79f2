package org.rapidin.plugin.artefact;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.ResourceAlreadyExistsException;
import org.opensearch.action.DocWriteResponse;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.get.GetResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.cluster.ClusterState;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.engine.VersionConflictEngineException;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.indices.SystemIndexDescriptor;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;
import org.opensearch.transport.client.OriginSettingClient;

/**
 * The system index that keeps artefacts: a document for each, and its {@link ArtefactChunks}. It is
 * part of snapshots like any index. It is read and written as the plugin, not as the user. Methods
 * without a listener block: not for transport threads. Safe for many threads.
 */
public final class ArtefactIndex {
  /** Name of the index. */
  public static final String NAME = ".rapidin-artefacts";

  private static final int MAX_LISTED = 1_000;
  static final String KIND = "kind";
  private static final String ARTEFACT = "artefact";
  static final String RUN = "run";
  private static final String MAPPING =
      """
      {"dynamic":"strict","properties":{"kind":{"type":"keyword"},"run":{"type":"keyword"},
        "digest":{"type":"keyword","index":false,"doc_values":false},"bytes":{"type":"binary"},
        "artefact":{"type":"object","enabled":false}}}""";

  private final Client client;
  private final ArtefactShards shards;
  private final ArtefactChunks chunks;

  /** A version of an artefact's document; it is only replaced or removed if it is still there. */
  record Claim(long sequenceNumber, long primaryTerm) {}

  /** An artefact and the version of its document. */
  record Located(StoredArtefact artefact, Claim version) {}

  /**
   * @param state the cluster as this node sees it now
   */
  public ArtefactIndex(Client client, Supplier<ClusterState> state) {
    this.client = new OriginSettingClient(client, "rapidin");
    this.shards = new ArtefactShards(this.client, state);
    this.chunks = new ArtefactChunks(this.client);
  }

  /** Tells OpenSearch that the index belongs to the plugin. */
  public static SystemIndexDescriptor descriptor() {
    return new SystemIndexDescriptor(NAME, "what RapidIn has fitted to gradients");
  }

  ArtefactChunks chunks() {
    return chunks;
  }

  /**
   * Writes an artefact that is about to be fitted. A write that OpenSearch sent again, because the
   * primary left before it answered, conflicts with itself: here and below, a conflict is judged by
   * the document that is there.
   *
   * @throws OpenSearchStatusException (409) if there is one of that name
   */
  Claim claim(StoredArtefact artefact) {
    create();
    try {
      DocWriteResponse written = client.index(document(artefact).create(true)).actionGet();
      return new Claim(written.getSeqNo(), written.getPrimaryTerm());
    } catch (VersionConflictEngineException present) {
      Optional<Located> mine = ofRun(artefact);
      if (mine.isPresent()) {
        return mine.get().version();
      }
      throw new OpenSearchStatusException(
          "artefact [%s] exists and is never changed: delete it first, or use another name"
              .formatted(artefact.id()),
          RestStatus.CONFLICT,
          present);
    }
  }

  private void create() {
    if (shards.exist()) {
      return;
    }
    try {
      client
          .admin()
          .indices()
          .create(
              new CreateIndexRequest(NAME)
                  .settings(
                      Settings.builder()
                          .put("index.number_of_shards", 1)
                          .put("index.auto_expand_replicas", "0-1")
                          .put("index.hidden", true))
                  .mapping(MAPPING, XContentType.JSON))
          .actionGet();
    } catch (ResourceAlreadyExistsException anotherNodeWasFaster) {
      // It is there.
    }
  }

  private static IndexRequest document(StoredArtefact artefact) {
    return new IndexRequest(NAME)
        .id(artefact.id())
        .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
        .source(Map.of(KIND, ARTEFACT, RUN, artefact.run(), ARTEFACT, artefact.toMap()));
  }

  /**
   * Writes an artefact whose chunks are there.
   *
   * @throws OpenSearchStatusException (409) if it was deleted since it was claimed
   */
  void finish(StoredArtefact artefact, Claim claim) {
    try {
      client
          .index(
              document(artefact)
                  .setIfSeqNo(claim.sequenceNumber())
                  .setIfPrimaryTerm(claim.primaryTerm()))
          .actionGet();
    } catch (VersionConflictEngineException changed) {
      if (ofRun(artefact).filter(found -> found.artefact().content().isPresent()).isPresent()) {
        return;
      }
      throw new OpenSearchStatusException(
          "artefact [%s] was deleted while it was fitted".formatted(artefact.id()),
          RestStatus.CONFLICT,
          changed);
    }
  }

  /**
   * Removes an artefact that was claimed and its chunks. One that replaced it stays, and so does
   * one that is finished although {@link #finish} failed.
   */
  void discard(StoredArtefact artefact, Claim claim) {
    if (remove(artefact, claim)) {
      chunks.delete(artefact.run());
    }
  }

  /**
   * Removes an artefact and its chunks; one that replaced it stays.
   *
   * @throws OpenSearchStatusException (409) if its fit has ended since it was looked up
   */
  void delete(Located found) {
    StoredArtefact artefact = found.artefact();
    if (!remove(artefact, found.version())) {
      throw new OpenSearchStatusException(
          "the fit of artefact [%s] ended while it was deleted: repeat the request"
              .formatted(artefact.id()),
          RestStatus.CONFLICT);
    }
    chunks.delete(artefact.run());
  }

  /** Returns whether the run's document is gone. */
  private boolean remove(StoredArtefact artefact, Claim version) {
    try {
      client
          .delete(
              new DeleteRequest(NAME, artefact.id())
                  .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
                  .setIfSeqNo(version.sequenceNumber())
                  .setIfPrimaryTerm(version.primaryTerm()))
          .actionGet();
      return true;
    } catch (VersionConflictEngineException changed) {
      return ofRun(artefact).isEmpty();
    }
  }

  /** The document of an artefact's name as its primary has it, if it is of the same run. */
  private Optional<Located> ofRun(StoredArtefact artefact) {
    return located(
            artefact.id(),
            client.get(new GetRequest(NAME, artefact.id()).preference("_primary")).actionGet())
        .filter(found -> found.artefact().run().equals(artefact.run()));
  }

  /**
   * Looks an artefact up; sees the last write.
   *
   * @param listener receives empty if there is none
   */
  void find(String id, ActionListener<Optional<StoredArtefact>> listener) {
    locate(id, ActionListener.map(listener, found -> found.map(Located::artefact)));
  }

  /** As {@link #find}, with the version that {@link #delete} removes. */
  void locate(String id, ActionListener<Optional<Located>> listener) {
    if (!shards.exist()) {
      listener.onResponse(Optional.empty());
      return;
    }
    shards.whenReadable(
        listener,
        () ->
            client.get(
                new GetRequest(NAME, id),
                ActionListener.map(listener, found -> located(id, found))));
  }

  private static Optional<Located> located(String id, GetResponse found) {
    return found.isExists() && found.getSourceAsMap().containsKey(ARTEFACT)
        ? Optional.of(
            new Located(
                artefact(id, found.getSourceAsMap()),
                new Claim(found.getSeqNo(), found.getPrimaryTerm())))
        : Optional.empty();
  }

  @SuppressWarnings("unchecked")
  private static StoredArtefact artefact(String id, Map<String, Object> source) {
    return StoredArtefact.fromMap(id, (Map<String, Object>) source.get(ARTEFACT));
  }

  /** Lists artefacts, ordered by name. */
  void all(ActionListener<List<StoredArtefact>> listener) {
    if (!shards.exist()) {
      listener.onResponse(List.of());
      return;
    }
    SearchRequest request =
        new SearchRequest(NAME)
            .source(
                new SearchSourceBuilder()
                    .query(QueryBuilders.termQuery(KIND, ARTEFACT))
                    .size(MAX_LISTED));
    shards.whenReadable(
        listener,
        () -> client.search(request, ActionListener.map(listener, ArtefactIndex::sorted)));
  }

  private static List<StoredArtefact> sorted(SearchResponse found) {
    List<StoredArtefact> all = new ArrayList<>();
    for (SearchHit hit : found.getHits()) {
      all.add(artefact(hit.getId(), hit.getSourceAsMap()));
    }
    all.sort(Comparator.comparing(StoredArtefact::id));
    return all;
  }
}
