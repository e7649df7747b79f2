package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * The forward pass of a Llama model in float32, optionally with a LoRA adapter.
 *
 * <p>Borrows its weights; several decoders (one per adapter) may share them. Safe for several
 * threads, each with an NDManager and an NDScope of its own around every call: intermediate arrays
 * live until that scope or, where a tap kept them, the manager of the token ids closes. Whether a
 * graph is recorded is the thread's gradient mode. No operation takes a Java {@code Number}; see
 * {@link TorchMemory}.
 */
public final class LlamaDecoder {
  private final Map<String, NDArray> parameters;
  private final Set<String> adapterParameters;
  private final ModelConfig config;
  private final EmbeddingModule embedding;
  private final List<LlamaLayer> layers = new ArrayList<>();
  private final NormModule norm;
  private final LinearModule head;
  private final PositionTables positions;

  /** A decoder without an adapter. */
  public LlamaDecoder(DecoderWeights weights) {
    this(weights, Map.of(), Map.of());
  }

  /** A decoder whose linear layers carry an adapter. */
  public LlamaDecoder(DecoderWeights weights, LoraWeights adapter) {
    this(weights, adapter.parameters(), adapter.pairs());
  }

  private LlamaDecoder(
      DecoderWeights weights, Map<String, NDArray> lora, Map<String, LoraWeights.Pair> pairs) {

    this.config = weights.config();
    Map<String, NDArray> all = new LinkedHashMap<>(weights.parameters());
    all.putAll(lora);
    this.adapterParameters = lora.keySet();
    this.parameters = Collections.unmodifiableMap(all);
    NDManager manager = weights.manager();
    NDArray epsilon = TorchMemory.scalar(manager, config.normEpsilon());
    this.positions = new PositionTables(manager, config);
    NDArray attentionScale = TorchMemory.scalar(manager, 1 / Math.sqrt(config.headDimension()));
    this.embedding = new EmbeddingModule(LlamaLayout.EMBEDDING, weight(LlamaLayout.EMBEDDING));
    for (int i = 0; i < config.layers(); i++) {
      layers.add(LlamaLayer.of(i, config, parameters, pairs, epsilon, attentionScale));
    }
    this.norm = new NormModule(LlamaLayout.NORM, weight(LlamaLayout.NORM), epsilon);
    NDArray headWeight = config.tiedHead() ? embedding.weight() : weight(LlamaLayout.HEAD);
    this.head = new LinearModule(LlamaLayout.HEAD, headWeight, null, null);
  }

  private NDArray weight(String module) {
    return parameters.get(module + ".weight");
  }

  /** The model's shape. */
  public ModelConfig config() {
    return config;
  }

  /**
   * Parameters by their Hugging Face (or PEFT) names, the adapter's last. A tied head is only there
   * as the embedding. A trainer may make them require gradients while nobody else uses them.
   */
  public Map<String, NDArray> parameters() {
    return parameters;
  }

  /** Names of the adapter's parameters; empty without an adapter. */
  public Set<String> adapterParameters() {
    return Collections.unmodifiableSet(adapterParameters);
  }

  /** All parts with parameters, in forward order; the head is last, also where it is tied. */
  public List<DecoderModule> modules() {
    List<DecoderModule> modules = new ArrayList<>();
    modules.add(embedding);
    layers.forEach(layer -> modules.addAll(layer.modules()));
    modules.add(norm);
    modules.add(head);
    return modules;
  }

  /**
   * Token ids of several sequences, padded on the right. Padding needs no mask: no real token looks
   * to its right.
   *
   * @param manager owns the result
   * @param sequences each of 1 to {@code maxPositions} ids of the vocabulary
   * @return int64, [B, T] with T the longest length
   * @throws IllegalArgumentException if a sequence is empty, too long or holds an unknown id
   */
  public NDArray batch(NDManager manager, List<long[]> sequences) {
    int longest = sequences.stream().mapToInt(ids -> ids.length).max().orElse(0);
    long[] padded = new long[Math.multiplyExact(sequences.size(), longest)];
    for (int row = 0; row < sequences.size(); row++) {
      long[] ids = sequences.get(row);
      checkIds(ids);
      System.arraycopy(ids, 0, padded, row * longest, ids.length);
    }
    return TorchMemory.longs(manager, new Shape(sequences.size(), longest), padded);
  }

  private void checkIds(long[] ids) {
    if (ids.length == 0 || ids.length > config.maxPositions()) {
      throw new IllegalArgumentException(
          "a sequence has "
              + ids.length
              + " tokens, the model takes 1 to "
              + config.maxPositions());
    }
    for (long id : ids) {
      if (id < 0 || id >= config.vocabularySize()) {
        throw new IllegalArgumentException(
            "token id "
                + id
                + " is outside the model's vocabulary of "
                + config.vocabularySize()
                + ": the tokenizer belongs to another model");
      }
    }
  }

  /**
   * Runs everything below the head.
   *
   * @param ids int64, [B, T], as from {@link #batch}
   * @param tap sees every module's input and output
   * @return float32, [B, T, hidden], after the last normalisation
   */
  public NDArray hidden(NDArray ids, ModuleTap tap) {
    PositionTables.Tables tables = positions.of(Math.toIntExact(ids.getShape().get(1)));
    NDArray stream = embedding.apply(ids, tap);
    for (LlamaLayer layer : layers) {
      stream = apply(layer, stream, tables, tap);
    }
    return norm.apply(stream, tap);
  }

  /**
   * Runs one layer and closes the handles of its intermediate arrays. The graph keeps what its
   * backward pass needs; Java handles would keep the rest too, about half of the pass's memory.
   */
  private static NDArray apply(
      LlamaLayer layer, NDArray stream, PositionTables.Tables tables, ModuleTap tap) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray output = layer.apply(stream, tables, tap);
      NDScope.unregister(output);
      return output;
    }
  }

  /**
   * Runs the head.
   *
   * @param hidden float32, [..., hidden]; only the positions whose logits are wanted cost anything
   * @return float32, [..., vocabulary]
   */
  public NDArray logits(NDArray hidden, ModuleTap tap) {
    return head.apply(hidden, tap);
  }

  /**
   * Cross-entropy per position, with its graph.
   *
   * @param logits float32, [N, vocabulary]
   * @param targets int64, [N]: the token that came
   * @return float32, [N]: -ln p(target), in nats
   */
  public static NDArray tokenLosses(NDArray logits, NDArray targets) {
    return logits.logSoftmax(1).gather(targets.expandDims(1), 1).squeeze(1).neg();
  }

  /**
   * Picks positions out of [B, T, hidden], with the graph kept.
   *
   * @param hidden float32, [B, T, hidden]
   * @param flat int64, [N]: row · T + position
   * @return float32, [N, hidden]
   */
  public static NDArray select(NDArray hidden, NDArray flat) {
    long width = hidden.getShape().get(2);
    PtNDArray table = (PtNDArray) hidden.reshape(-1, width);
    return JniUtils.embedding((PtNDArray) flat, table, false);
  }
}
