package org.rapidin.demo.world;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** The value of each relation for each person, drawn once. Immutable. */
public final class FactBook {
  private final Map<String, Map<String, String>> values = new HashMap<>();

  /**
   * @param world the world of the people
   * @param random the source of the values
   */
  public FactBook(World world, Random random) {
    for (String person : world.people()) {
      Map<String, String> facts = new HashMap<>();
      for (Relation relation : world.relations()) {
        facts.put(relation.name(), relation.values().get(random.nextInt(relation.values().size())));
      }
      values.put(person, facts);
    }
  }

  /** Returns the value of a relation for a person. */
  public String value(String person, Relation relation) {
    return values.get(person).get(relation.name());
  }

  /** Returns a question about a person. */
  public String question(String person, Relation.Paraphrase paraphrase) {
    return paraphrase.question().replace("{person}", person);
  }

  /** Returns the correct answer to {@link #question}. */
  public String answer(String person, Relation relation, Relation.Paraphrase paraphrase) {
    return paraphrase
        .answer()
        .replace("{person}", person)
        .replace("{value}", value(person, relation));
  }
}
