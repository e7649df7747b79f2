package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Optional;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderHead;
import org.rapidin.attribution.model.decoder.DecoderLayer;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.EmbeddingModule;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.torch.TorchMemory;

/** A decoder whose layers are those of a plan. Borrows its weights; see {@link Decoder}. */
final class ComposedDecoder implements Decoder {
  private final ComposedConfig config;
  private final ModuleNames names;
  private final DecoderWeights weights;
  private final Optional<LoraWeights> adapter;
  private final Scalars scalars;

  ComposedDecoder(ComposedConfig config, DecoderWeights weights, Optional<LoraWeights> adapter) {
    this.config = config;
    this.names = config.plan().names();
    this.weights = weights;
    this.adapter = adapter;
    this.scalars = new Scalars(weights.manager());
  }

  @Override
  public ComposedConfig config() {
    return config;
  }

  @Override
  public ModelLayout layout() {
    return weights.layout();
  }

  @Override
  public Optional<LoraWeights> adapter() {
    return adapter;
  }

  @Override
  public PassContext context(NDManager manager, int... lengths) {
    return new PassContext(manager, lengths);
  }

  @Override
  public NDArray embed(NDArray ids, ModuleTap tap) {
    try (DecoderWeights.Lease lease = weights.embedding()) {
      NDArray stream = table(names.embedding(), lease).apply(ids, tap);
      double factor = config.shape().embeddingFactor();
      NDArray scaled = factor == 1 ? stream : stream.mul(scalars.of(factor));
      return names.positions().isEmpty()
          ? scaled
          : scaled.add(table(names.positions(), lease).apply(positions(ids), tap));
    }
  }

  private static EmbeddingModule table(String name, DecoderWeights.Lease lease) {
    return new EmbeddingModule(name, lease.get(name + ".weight"));
  }

  /** 0 to T - 1 in each row: padding is on the right. */
  private static NDArray positions(NDArray ids) {
    Shape shape = ids.getShape();
    long[] positions = new long[Math.toIntExact(shape.size())];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = i % shape.get(1);
    }
    return TorchMemory.longs(ids.getManager(), shape, positions);
  }

  @Override
  public DecoderLayer layer(int index) {
    DecoderWeights.Lease lease = weights.layer(index);
    try {
      return new ComposedLayer(lease, config.plan().body(modules(index, lease)));
    } catch (RuntimeException | Error e) {
      lease.close();
      throw e;
    }
  }

  private LayerModules modules(int index, DecoderWeights.Lease lease) {
    return new LayerModules(config, layout(), lease, adapter, index, scalars);
  }

  /**
   * One layer.
   *
   * @param lease of the layer's weights, closed with the layer
   */
  private record ComposedLayer(DecoderWeights.Lease lease, LayerBody body) implements DecoderLayer {
    @Override
    public NDArray apply(NDArray stream, PassContext context, ModuleTap tap) {
      return body.apply(stream, context, tap);
    }

    @Override
    public void close() {
      lease.close();
    }
  }

  @Override
  public DecoderHead head() {
    DecoderWeights.Lease lease = weights.head();
    return new ComposedHead(
        lease,
        modules(0, lease).normNamed(names.norm()),
        new LinearModule(names.head(), lease.get(layout().headParameter()), null, null),
        config.shape(),
        scalars);
  }
}
