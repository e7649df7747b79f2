package org.rapidin.plugin.lucene;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.hnsw.HnswGraphProvider;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.store.ChecksumIndexInput;
import org.apache.lucene.store.DataAccessHint;
import org.apache.lucene.store.FileDataHint;
import org.apache.lucene.store.FileTypeHint;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.IOUtils;
import org.apache.lucene.util.hnsw.HnswGraph;

/** Reads {@link GradientVectorsFormat}. */
final class GradientVectorsReader extends KnnVectorsReader implements HnswGraphProvider {
  private final Map<Integer, FieldEntry> entries;
  private final Map<String, KeptMeasures> measures = new ConcurrentHashMap<>();
  private final FieldInfos fieldInfos;
  private final IOContext context;
  private final List<IndexInput> opened = new ArrayList<>();
  private final IndexInput data;
  private final IndexInput codes;
  private final IndexInput graphs;

  GradientVectorsReader(SegmentReadState state) throws IOException {
    fieldInfos = state.fieldInfos;
    // No access hint: RANDOM would switch readahead off and SEQUENTIAL drop the pages behind, but
    // every query scans the same rows from the first to the last.
    context = state.context.withHints(FileTypeHint.DATA, FileDataHint.KNN_VECTORS);
    entries = new HashMap<>();
    int version = readMeta(state);
    data =
        open(
            state, GradientVectorsFormat.DATA_EXTENSION, GradientVectorsFormat.DATA_CODEC, version);
    boolean success = false;
    try {
      codes =
          hasCodes()
              ? open(
                  state,
                  GradientVectorsFormat.CODES_EXTENSION,
                  GradientVectorsFormat.CODES_CODEC,
                  version)
              : null;
      graphs =
          hasGraphs()
              ? open(
                  state,
                  GradientVectorsFormat.GRAPHS_EXTENSION,
                  GradientVectorsFormat.GRAPHS_CODEC,
                  version)
              : null;
      for (FieldEntry entry : entries.values()) {
        entry.requireInside(data, codes, graphs);
      }
      success = true;
    } finally {
      if (!success) {
        IOUtils.closeWhileHandlingException(opened);
      }
    }
  }

  private boolean hasGraphs() {
    return entries.values().stream().anyMatch(entry -> entry.graph() != null);
  }

  private boolean hasCodes() {
    return entries.values().stream().anyMatch(entry -> entry.codes() != null);
  }

  private int readMeta(SegmentReadState state) throws IOException {
    try (ChecksumIndexInput meta =
        state.directory.openChecksumInput(fileName(state, GradientVectorsFormat.META_EXTENSION))) {
      Throwable fault = null;
      int version = -1;
      try {
        version = checkHeader(meta, GradientVectorsFormat.META_CODEC, state);
        readEntries(meta, state.segmentInfo.maxDoc(), version);
      } catch (RuntimeException | EOFException impossible) {
        fault = new CorruptIndexException("impossible metadata", meta, impossible);
      } catch (Throwable t) {
        fault = t;
      } finally {
        // A wrong checksum explains any other fault: it is thrown first, with the fault inside.
        CodecUtil.checkFooter(meta, fault);
      }
      return version;
    }
  }

  private void readEntries(IndexInput meta, int maxDoc, int version) throws IOException {
    for (int number = meta.readInt(); number != -1; number = meta.readInt()) {
      FieldInfo field = fieldInfos.fieldInfo(number);
      if (field == null) {
        throw new CorruptIndexException("no field has the number %s".formatted(number), meta);
      }
      entries.put(number, FieldEntry.read(meta, field, maxDoc, version));
    }
    if (version >= GradientVectorsFormat.VERSION_GRAPHS) {
      readGraphs(meta);
    }
  }

  private void readGraphs(IndexInput meta) throws IOException {
    for (int number = meta.readInt(); number != -1; number = meta.readInt()) {
      FieldEntry field = entries.get(number);
      GraphEntry graph =
          field == null || field.codes() == null
              ? null
              : GraphEntry.read(meta, field.header().count());
      if (graph == null) {
        throw new CorruptIndexException("field %s: impossible graph".formatted(number), meta);
      }
      entries.put(number, field.with(graph));
    }
  }

  private IndexInput open(SegmentReadState state, String extension, String codec, int metaVersion)
      throws IOException {
    IndexInput input = state.directory.openInput(fileName(state, extension), context);
    boolean success = false;
    try {
      int version = checkHeader(input, codec, state);
      if (version != metaVersion) {
        throw new CorruptIndexException(
            "the file has version %s, its metadata %s".formatted(version, metaVersion), input);
      }
      // Not the checksum itself, which costs a read of everything, but a cut-off file shows here.
      CodecUtil.retrieveChecksum(input);
      opened.add(input);
      success = true;
      return input;
    } finally {
      if (!success) {
        IOUtils.closeWhileHandlingException(input);
      }
    }
  }

  private static int checkHeader(IndexInput input, String codec, SegmentReadState state)
      throws IOException {
    return CodecUtil.checkIndexHeader(
        input,
        codec,
        GradientVectorsFormat.VERSION_START,
        GradientVectorsFormat.VERSION_CURRENT,
        state.segmentInfo.getId(),
        state.segmentSuffix);
  }

  private static String fileName(SegmentReadState state, String extension) {
    return IndexFileNames.segmentFileName(state.segmentInfo.name, state.segmentSuffix, extension);
  }

  @Override
  public void checkIntegrity() throws IOException {
    CodecUtil.checksumEntireFile(data);
    if (codes != null) {
      CodecUtil.checksumEntireFile(codes);
    }
    if (graphs != null) {
      CodecUtil.checksumEntireFile(graphs);
    }
  }

  /** The graph of a field, an empty one if it has none; for one thread. */
  @Override
  public HnswGraph getGraph(String field) throws IOException {
    return values(field).graph().orElse(HnswGraph.EMPTY);
  }

  private GradientVectorValues values(String field) throws IOException {
    return new GradientVectorValues(
        entry(field),
        data,
        codes,
        graphs,
        measures.computeIfAbsent(field, none -> new KeptMeasures()));
  }

  @Override
  public FloatVectorValues getFloatVectorValues(String field) throws IOException {
    return values(field);
  }

  /**
   * @throws IllegalArgumentException always: gradient vectors are float32
   */
  @Override
  public ByteVectorValues getByteVectorValues(String field) {
    throw new IllegalArgumentException(
        "field [%s] holds float vectors, not bytes".formatted(field));
  }

  /** Scores every accepted document; k only limits what the collector keeps. */
  @Override
  public void search(String field, float[] target, KnnCollector collector, AcceptDocs accepted)
      throws IOException {
    GradientVectorValues values = values(field);
    Bits ords = values.getAcceptOrds(accepted.bits());
    for (int ord = 0; ord < values.size() && !collector.earlyTerminated(); ord++) {
      if (ords == null || ords.get(ord)) {
        collector.incVisitedCount(1);
        collector.collect(values.ordToDoc(ord), values.similarity(ord, target));
      }
    }
  }

  /**
   * @throws IllegalArgumentException always: gradient vectors are float32
   */
  @Override
  public void search(String field, byte[] target, KnnCollector collector, AcceptDocs accepted) {
    throw new IllegalArgumentException(
        "field [%s] holds float vectors, not bytes".formatted(field));
  }

  @Override
  public KnnVectorsReader getMergeInstance() throws IOException {
    data.updateIOContext(context.withHints(DataAccessHint.SEQUENTIAL));
    return this;
  }

  @Override
  public void finishMerge() throws IOException {
    data.updateIOContext(context);
  }

  /**
   * Rows, codes and the graph, under the names that Lucene's formats give to raw and quantized
   * vectors.
   */
  @Override
  public Map<String, Long> getOffHeapByteSize(FieldInfo field) {
    FieldEntry entry = entry(field.name);
    FieldEntry.Header header = entry.header();
    long rows = header.rowsLength() + header.scalesLength();
    if (entry.codes() == null) {
      return Map.of("vec", rows);
    }
    long bits = entry.codes().length(header.dimension(), header.count());
    return entry.graph() == null
        ? Map.of("vec", rows, "veq", bits)
        : Map.of("vec", rows, "veq", bits, "vex", entry.graph().length(header.count()));
  }

  private FieldEntry entry(String field) {
    FieldInfo info = fieldInfos.fieldInfo(field);
    FieldEntry entry = info == null ? null : entries.get(info.number);
    if (entry == null) {
      throw new IllegalArgumentException(
          "field [%s] has no gradient vectors here".formatted(field));
    }
    return entry;
  }

  @Override
  public void close() throws IOException {
    IOUtils.close(opened);
  }
}
