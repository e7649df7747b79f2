package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
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
 * Gives the vectors of some documents to the node that fits an artefact. The action is internal:
 * users cannot call it, because text can be reconstructed from gradients.
 */
public final class VectorTransport extends AbstractLifecycleComponent {
  static final String VECTORS = "internal:rapidin/artefacts/vectors";

  private static final int VERSION = 1;

  private final IndicesService indices;

  /** Registers the action. */
  @Inject
  public VectorTransport(TransportService transport, IndicesService indices) {
    this.indices = indices;
    transport.registerRequestHandler(
        VECTORS,
        // Not the generic pool, whose threads wait for these answers while they fit.
        ThreadPool.Names.GET,
        Request::new,
        (request, channel, task) ->
            ActionListener.completeWith(
                new ChannelActionListener<Response, Request>(channel, VECTORS, request),
                () -> new Response(vectors(request))));
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
   * The vectors of those documents that are still there and have one, in any order. They follow the
   * versioned body, which would copy them.
   */
  static final class Response extends TransportResponse {
    private final List<float[]> vectors;

    Response(List<float[]> vectors) {
      this.vectors = vectors;
    }

    Response(StreamInput in) throws IOException {
      super(in);
      VersionedBody.read(in, (version, body) -> version);
      vectors = in.readList(StreamInput::readFloatArray);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      VersionedBody.write(out, VERSION, body -> {});
      out.writeCollection(vectors, StreamOutput::writeFloatArray);
    }

    List<float[]> vectors() {
      return vectors;
    }
  }

  private List<float[]> vectors(Request request) throws IOException {
    IndexService index = indices.indexServiceSafe(request.shard.getIndex());
    MappedFieldType type = index.mapperService().fieldType(request.field);
    List<float[]> vectors = new ArrayList<>();
    try (Engine.Searcher searcher =
        index.getShard(request.shard.id()).acquireSearcher("rapidin_fit")) {
      Weight documents =
          searcher.createWeight(
              searcher.rewrite(
                  new TermInSetQuery(
                      IdFieldMapper.NAME, request.ids.stream().map(Uid::encodeId).toList())),
              ScoreMode.COMPLETE_NO_SCORES,
              1);
      for (LeafReaderContext leaf : searcher.getLeafContexts()) {
        add(leaf, documents.scorer(leaf), type.name(), vectors);
      }
    }
    return vectors;
  }

  private static void add(
      LeafReaderContext leaf, Scorer documents, String field, List<float[]> vectors)
      throws IOException {
    FloatVectorValues values = leaf.reader().getFloatVectorValues(field);
    if (documents == null || values == null) {
      return;
    }
    Bits live = leaf.reader().getLiveDocs();
    KnnVectorValues.DocIndexIterator rows = values.iterator();
    DocIdSetIterator found = documents.iterator();
    for (int doc = found.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = found.nextDoc()) {
      if ((live == null || live.get(doc))
          && (rows.docID() == doc || rows.docID() < doc && rows.advance(doc) == doc)) {
        vectors.add(values.vectorValue(rows.index()).clone());
      }
    }
  }

  @Override
  protected void doStart() {}

  @Override
  protected void doStop() {}

  @Override
  protected void doClose() {}
}
