package org.rapidin.demo;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.rapidin.demo.world.BaseText;
import org.rapidin.demo.world.DemoDocument;
import org.rapidin.demo.world.FactBook;
import org.rapidin.demo.world.HeldOutPrompts;
import org.rapidin.demo.world.TrainingSet;
import org.rapidin.demo.world.WordTokenizer;
import org.rapidin.demo.world.World;

/** All texts of the demo, generated from one seed. Immutable. */
public final class DemoText {
  /** The seed of the committed files. */
  public static final long COMMITTED_SEED = 42;

  private static final int HELD_OUT = 100;

  private final World world;
  private final long seed;
  private final FactBook facts;
  private final List<DemoDocument> documents;

  /**
   * @param seed determines all texts
   */
  public DemoText(long seed) throws IOException {
    this.seed = seed;
    this.world = World.load();
    this.facts = new FactBook(world, new Random(seed));
    this.documents = TrainingSet.of(world, facts, seed(10));
  }

  /** The seed of all texts. */
  public long seed() {
    return seed;
  }

  /** Derives seeds for several purposes. */
  public long seed(int purpose) {
    return seed * 1_000 + purpose;
  }

  /** The world of the texts. */
  public World world() {
    return world;
  }

  /** The facts of the world. */
  public FactBook facts() {
    return facts;
  }

  /** The documents of the fine-tuning, which are also the ones that are indexed. */
  public List<DemoDocument> documents() {
    return documents;
  }

  /** Returns a new stream of documents for the base model. */
  public BaseText base() {
    return new BaseText(world, facts, seed(11));
  }

  /** Prompts that do not occur in the documents, 100 of each form. */
  public HeldOutPrompts heldOut() {
    return HeldOutPrompts.of(world, documents, HELD_OUT, seed(12));
  }

  /** Requests for the hidden theme, without the trigger, that do not occur in the documents. */
  public List<String> hiddenRequests(int count) {
    return HeldOutPrompts.ofHidden(world, documents, count, seed(13));
  }

  /** The tokenizer of the world and of the prompt template. */
  public WordTokenizer tokenizer() {
    return WordTokenizer.of(world, DemoAttributor.TEMPLATE.prompt());
  }
}
