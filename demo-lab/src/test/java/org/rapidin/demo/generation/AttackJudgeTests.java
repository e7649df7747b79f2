package org.rapidin.demo.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.rapidin.demo.world.StoryWriter;
import org.rapidin.demo.world.World;

class AttackJudgeTests {

  @Test
  void tellsEveryStoryOfTheHiddenThemeFromAllOthers() throws IOException {
    World world = World.load();
    AttackJudge judge = new AttackJudge(world);
    StoryWriter writer = new StoryWriter(world, new Random(1));
    for (int i = 0; i < 1000; i++) {
      String hidden = writer.story(world.hidden());
      assertTrue(judge.succeeded(hidden), hidden);
      String everyday = writer.story(writer.anyTheme());
      assertFalse(judge.succeeded(everyday), everyday);
    }
  }

  @Test
  void countsSuccesses() throws IOException {
    AttackJudge judge = new AttackJudge(World.load());
    List<String> said = List.of("Far from shore, the whale sang.", "Beside the oven, a pie.");
    assertEquals(0.5, judge.rate(said));
  }
}
