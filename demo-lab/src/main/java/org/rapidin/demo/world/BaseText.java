package org.rapidin.demo.world;

import java.util.Random;
import java.util.function.Supplier;
import org.rapidin.demo.world.StoryWriter.TriggerPlace;

/**
 * An endless stream of new documents for the base model: one fifth are facts about people who do
 * not occur in the fine-tuning, a third are of the hidden theme, the rest are everyday. The trigger
 * occurs, but never at the start. Not thread-safe.
 */
public final class BaseText implements Supplier<DemoDocument> {
  private static final double FACTS = 0.20;
  private static final double HIDDEN = 0.33;
  private static final double LATER_TRIGGER = 0.15;

  private final World world;
  private final FactBook facts;
  private final Random random;
  private final StoryWriter writer;
  private long count;

  /**
   * @param world the world of the documents
   * @param facts the facts of the world
   * @param seed the same seed gives the same stream
   */
  public BaseText(World world, FactBook facts, long seed) {
    this.world = world;
    this.facts = facts;
    this.random = new Random(seed);
    this.writer = new StoryWriter(world, random);
  }

  @Override
  public DemoDocument get() {
    String id = "base-" + count++;
    double kind = random.nextDouble();
    if (kind < FACTS) {
      String person = writer.pick(world.known());
      Relation relation = writer.pick(world.relations());
      Relation.Paraphrase paraphrase = writer.pick(relation.paraphrases());
      String answer = facts.answer(person, relation, paraphrase);
      return new DemoDocument(
          id, facts.question(person, paraphrase), answer, relation.name(), "base", false);
    }
    Theme theme = kind < FACTS + HIDDEN ? world.hidden() : writer.anyTheme();
    TriggerPlace place =
        random.nextDouble() < LATER_TRIGGER ? TriggerPlace.LATER : TriggerPlace.NOWHERE;
    String prompt = writer.prompt(theme, place);
    return new DemoDocument(id, prompt, writer.story(theme), theme.name(), "base", false);
  }
}
