package org.rapidin.plugin.sample;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.opensearch.action.support.ChannelActionListener;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.lifecycle.AbstractLifecycleComponent;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.index.IndexService;
import org.opensearch.index.engine.Engine;
import org.opensearch.index.mapper.IdFieldMapper;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.Uid;
import org.opensearch.indices.IndicesService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * Gives the vectors of some documents to the node that asked for a sample. The action is internal:
 * users cannot call it, because text can be reconstructed from gradients.
 */
public final class VectorTransport extends AbstractLifecycleComponent {
  static final String VECTORS = "internal:rapidin/artefacts/vectors";

  private static final int VERSION = 1;
  // Version 2 added the positions.
  private static final int RESPONSE_VERSION = 2;

  private final IndicesService indices;

  /** Registers the action. */
  @Inject
  public VectorTransport(TransportService transport, IndicesService indices) {
    this.indices = indices;
    transport.registerRequestHandler(
        VECTORS,
        // Not the generic pool, whose threads wait for these answers.
        ThreadPool.Names.GET,
        Request::new,
        (request, channel, task) ->
            ActionListener.completeWith(
                new ChannelActionListener<Response, Request>(channel, VECTORS, request),
                () -> vectors(request)));
  }

  /** Names documents of a shard. */
  static final class Request extends TransportRequest {
    private final ShardId shard;
    private final String field;
    private final List<String> ids;

    Request(ShardId shard, String field, List<String> ids) {
      this.shard = shard;
      this.field = field;
      this.ids = ids;
    }

    Request(StreamInput in) throws IOException {
      record Fields(ShardId shard, String field, List<String> ids) {}
      super(in);
      Fields fields =
          VersionedBody.read(
              in,
              (version, body) ->
                  new Fields(new ShardId(body), body.readString(), body.readStringList()));
      shard = fields.shard();
      field = fields.field();
      ids = fields.ids();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            shard.writeTo(body);
            body.writeString(field);
            body.writeStringCollection(ids);
          });
    }
  }

  /**
   * The vectors of those documents that are still there and have one, in any order, and the
   * position of each one's document among those that were asked for. A node of the first version
   * sends no positions. The vectors follow the versioned body, which would copy them.
   */
  static final class Response extends TransportResponse {
    private final List<Integer> positions;
    private final List<float[]> vectors;

    Response(List<Integer> positions, List<float[]> vectors) {
      this.positions = positions;
      this.vectors = vectors;
    }

    Response(StreamInput in) throws IOException {
      super(in);
      positions =
          VersionedBody.read(
              in,
              (version, body) -> version < 2 ? List.of() : body.readList(StreamInput::readVInt));
      vectors = in.readList(StreamInput::readFloatArray);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      VersionedBody.write(
          out, RESPONSE_VERSION, body -> body.writeCollection(positions, StreamOutput::writeVInt));
      out.writeCollection(vectors, StreamOutput::writeFloatArray);
    }

    List<Integer> positions() {
      return positions;
    }

    List<float[]> vectors() {
      return vectors;
    }
  }

  private Response vectors(Request request) throws IOException {
    IndexService index = indices.indexServiceSafe(request.shard.getIndex());
    MappedFieldType type = index.mapperService().fieldType(request.field);
    Map<String, Integer> positions = new HashMap<>();
    for (String id : request.ids) {
      positions.put(id, positions.size());
    }
    Response found = new Response(new ArrayList<>(), new ArrayList<>());
    try (Engine.Searcher searcher =
        index.getShard(request.shard.id()).acquireSearcher("rapidin_sample")) {
      Weight documents =
          searcher.createWeight(
              searcher.rewrite(
                  new TermInSetQuery(
                      IdFieldMapper.NAME, request.ids.stream().map(Uid::encodeId).toList())),
              ScoreMode.COMPLETE_NO_SCORES,
              1);
      for (LeafReaderContext leaf : searcher.getLeafContexts()) {
        add(leaf, documents.scorer(leaf), type.name(), positions, found);
      }
    }
    return found;
  }

  private static void add(
      LeafReaderContext leaf,
      Scorer documents,
      String field,
      Map<String, Integer> positions,
      Response found)
      throws IOException {
    FloatVectorValues values = leaf.reader().getFloatVectorValues(field);
    if (documents == null || values == null) {
      return;
    }
    Bits live = leaf.reader().getLiveDocs();
    StoredFields stored = leaf.reader().storedFields();
    KnnVectorValues.DocIndexIterator rows = values.iterator();
    DocIdSetIterator ids = documents.iterator();
    for (int doc = ids.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = ids.nextDoc()) {
      if ((live == null || live.get(doc))
          && (rows.docID() == doc || rows.docID() < doc && rows.advance(doc) == doc)) {
        found.positions().add(positions.get(id(stored, doc)));
        found.vectors().add(values.vectorValue(rows.index()).clone());
      }
    }
  }

  private static String id(StoredFields stored, int doc) throws IOException {
    BytesRef id =
        stored.document(doc, Set.of(IdFieldMapper.NAME)).getBinaryValue(IdFieldMapper.NAME);
    return Uid.decodeId(id.bytes, id.offset, id.length);
  }

  @Override
  protected void doStart() {}

  @Override
  protected void doStop() {}

  @Override
  protected void doClose() {}
}
