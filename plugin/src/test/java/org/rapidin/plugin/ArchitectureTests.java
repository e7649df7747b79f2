package org.rapidin.plugin;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may import whom: docs/architecture.md, held to by the build. */
@AnalyzeClasses(
    packages = "org.rapidin",
    importOptions = {DoNotIncludeTests.class, ArchitectureTests.NoTestJars.class})
class ArchitectureTests {

  /** Fixtures of other modules come as jars. */
  static final class NoTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static final ArchRule scorerKnowsMemoryOnly =
      noClasses()
          .that()
          .resideInAnyPackage("org.rapidin.scorer..", "org.rapidin.gpu..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.opensearch..",
              "org.apache.lucene..",
              "org.rapidin.attribution..",
              "org.rapidin.ingest..",
              "org.rapidin.plugin..");

  @ArchTest
  static final ArchRule onlyTheGpuPackageKnowsJcuda =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.rapidin.gpu..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jcuda..");

  @ArchTest
  static final ArchRule attributionKnowsNoSearchEngine =
      noClasses()
          .that()
          .resideInAPackage("org.rapidin.attribution..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.opensearch..",
              "org.apache.lucene..",
              "org.rapidin.ingest..",
              "org.rapidin.plugin..");

  @ArchTest
  static final ArchRule processorKnowsNoSearchCode =
      noClasses()
          .that()
          .resideInAPackage("org.rapidin.ingest..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.lucene..",
              "org.opensearch.search..",
              "org.opensearch.index.query..",
              "org.rapidin.plugin..");

  @ArchTest
  static final ArchRule luceneKnowsNoOpenSearch =
      noClasses()
          .that()
          .resideInAPackage("org.rapidin.plugin.lucene..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.opensearch..");

  @ArchTest
  static final ArchRule nobodyImportsThePluginClass =
      noClasses()
          .that()
          .doNotHaveSimpleName("RapidInPlugin")
          .should()
          .dependOnClassesThat()
          .haveSimpleName("RapidInPlugin");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("org.rapidin.(**)").should().beFreeOfCycles();
}
