package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.DecoderHead;
import org.rapidin.attribution.model.decoder.DecoderLayer;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.PassContext;

/** A decoder that notes when its layers are opened and closed. */
record CountingDecoder(Decoder decoder, List<String> notes) implements Decoder {
  @Override
  public DecoderConfig config() {
    return decoder.config();
  }

  @Override
  public ModelLayout layout() {
    return decoder.layout();
  }

  @Override
  public Optional<LoraWeights> adapter() {
    return decoder.adapter();
  }

  @Override
  public PassContext context(NDManager manager, int... lengths) {
    return decoder.context(manager, lengths);
  }

  @Override
  public NDArray embed(NDArray ids, ModuleTap tap) {
    return decoder.embed(ids, tap);
  }

  @Override
  public DecoderLayer layer(int index) {
    notes.add("open " + index);
    DecoderLayer layer = decoder.layer(index);
    return new DecoderLayer() {
      @Override
      public NDArray apply(NDArray stream, PassContext context, ModuleTap tap) {
        return layer.apply(stream, context, tap);
      }

      @Override
      public void close() {
        notes.add("close " + index);
        layer.close();
      }
    };
  }

  @Override
  public DecoderHead head() {
    return decoder.head();
  }
}
