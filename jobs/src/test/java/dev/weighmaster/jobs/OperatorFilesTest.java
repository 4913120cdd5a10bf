package dev.weighmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;

import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.fabric8.kubernetes.api.model.ConfigMapVolumeSource;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.internal.config.ConfigEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What conf/ gives an operator says what Spark, Hadoop and Kubernetes understand. */
class OperatorFilesTest {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));
  private static final Path CONF = ROOT.resolve("conf");
  private static final Pattern COMMENTED = Pattern.compile("(?m)^#(?=spark\\.\\S+ )");
  private static final Pattern REFERENCE = Pattern.compile("\\$\\((\\w+)\\)");

  /** Settings of modules that an embedded Spark does not have. */
  private static final Pattern OPEN_OR_OF_A_CLUSTER_MANAGER =
      Pattern.compile("spark\\.(executorEnv|kubernetes|yarn)\\..*");

  static Stream<String> settingsOfSpark() throws IOException {
    org.apache.spark.internal.config.package$.MODULE$.SPECULATION_ENABLED();
    org.apache.spark.internal.config.UI$.MODULE$.UI_ENABLED();
    return settings(Files.readString(CONF.resolve("spark-defaults.conf")))
        .stringPropertyNames()
        .stream()
        .filter(name -> !name.startsWith("spark.hadoop."))
        .filter(name -> !OPEN_OR_OF_A_CLUSTER_MANAGER.matcher(name).matches())
        .sorted();
  }

  static Stream<String> settingsOfHadoop() throws IOException {
    return active().stringPropertyNames().stream()
        .filter(name -> name.startsWith("spark.hadoop."))
        .map(name -> name.substring("spark.hadoop.".length()))
        .sorted();
  }

  @ParameterizedTest
  @MethodSource("settingsOfSpark")
  void aSettingIsOneThatThisSparkKnows(String name) {
    assertThat(ConfigEntry.findEntry(name)).as(name).isNotNull();
  }

  @ParameterizedTest
  @MethodSource("settingsOfHadoop")
  void aSettingOfTheConnectorIsOneThatThisHadoopKnows(String name) {
    assertThat(new Configuration().get(name)).as(name).isNotNull();
  }

  @Test
  void theConnectorIsOfTheHadoopThatTheProjectIsBuiltWith() throws IOException {
    String packages = active().getProperty("spark.jars.packages");

    assertThat(packages).contains("org.apache.hadoop:hadoop-aws:" + version("hadoop") + ",");
    assertThat(packages.split(","))
        .filteredOn(name -> name.startsWith("software.amazon.awssdk:"))
        .hasSize(5)
        .allMatch(name -> name.endsWith(":" + version("aws-sdk")));
  }

  @Test
  void noFileHoldsAKeyOrAPassword() throws IOException {
    try (Stream<Path> files = Files.walk(CONF)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file))
            .as(file.toString())
            .doesNotContainPattern("(?im)^[^#\\n]*(access|secret)[._-]?key|password|AKIA");
      }
    }
  }

  @Test
  void theNightOnKubernetesIsACronJobThatNeverRunsTwiceAtOnce() throws IOException {
    CronJob night = cronJob();

    assertThat(night.getApiVersion() + " " + night.getKind()).isEqualTo("batch/v1 CronJob");
    assertThat(night.getMetadata().getName()).matches("[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?");
    assertThat(night.getSpec().getSchedule()).matches("[\\d*/,-]+( [\\d*/,-]+){4}");
    assertThat(night.getSpec().getConcurrencyPolicy()).isEqualTo("Forbid");
    var job = night.getSpec().getJobTemplate().getSpec();
    // A rule for failures of pods is refused with any other restart policy.
    assertThat(job.getPodFailurePolicy().getRules()).hasSize(2);
    assertThat(pod(night).getRestartPolicy()).isEqualTo("Never");
    assertThat(driver(night).getResources().getRequests()).containsKeys("cpu", "memory");
  }

  @Test
  void theCronJobNamesNothingThatIsNotThere() throws IOException {
    CronJob night = cronJob();
    Container driver = driver(night);
    String argument = String.join("\n", driver.getArgs());

    List<String> volumes = pod(night).getVolumes().stream().map(Volume::getName).toList();
    assertThat(driver.getVolumeMounts())
        .extracting(VolumeMount::getName)
        .containsExactlyInAnyOrderElementsOf(volumes);
    assertThat(driver.getEnv())
        .extracting(EnvVar::getName)
        .containsAll(REFERENCE.matcher(argument).results().map(m -> m.group(1)).toList());
    assertThat(driver.getVolumeMounts())
        .extracting(VolumeMount::getMountPath)
        .allMatch(path -> argument.contains("\n" + path + "/"));
    String create = Files.readString(CONF.resolve("kubernetes/cronjob.yaml"));
    assertThat(pod(night).getVolumes())
        .extracting(Volume::getConfigMap)
        .extracting(ConfigMapVolumeSource::getName)
        .allMatch(name -> create.contains("create configmap " + name + " --from-file="));
    var policy = night.getSpec().getJobTemplate().getSpec().getPodFailurePolicy().getRules().get(0);
    assertThat(policy.getOnExitCodes().getContainerName()).isEqualTo(driver.getName());
    assertThat(argument).contains("spark.kubernetes.container.image=" + driver.getImage() + "\n");
  }

  @Test
  void theServiceAccountOfTheCronJobMayDoWhatADriverDoes() throws IOException {
    String[] documents =
        Files.readString(CONF.resolve("kubernetes/service-account.yaml")).split("(?m)^---$", -1);
    ServiceAccount account = yaml(ServiceAccount.class).readValue(documents[0]);
    Role role = yaml(Role.class).readValue(documents[1]);
    RoleBinding binding = yaml(RoleBinding.class).readValue(documents[2]);
    CronJob night = cronJob();

    assertThat(documents).hasSize(3);
    String name = account.getMetadata().getName();
    assertThat(pod(night).getServiceAccountName()).isEqualTo(name);
    assertThat(driver(night).getArgs())
        .contains("spark.kubernetes.authenticate.executor.serviceAccountName=" + name);
    assertThat(binding.getSubjects()).singleElement().extracting("name").isEqualTo(name);
    assertThat(binding.getRoleRef().getName()).isEqualTo(role.getMetadata().getName());
    assertThat(role.getRules().get(0).getResources()).contains("pods", "configmaps");
    assertThat(
            List.of(
                account.getMetadata().getNamespace(),
                role.getMetadata().getNamespace(),
                binding.getMetadata().getNamespace(),
                binding.getSubjects().get(0).getNamespace()))
        .containsOnly(night.getMetadata().getNamespace());
  }

  private static PodSpec pod(CronJob night) {
    return night.getSpec().getJobTemplate().getSpec().getTemplate().getSpec();
  }

  private static Container driver(CronJob night) {
    assertThat(pod(night).getContainers()).hasSize(1);
    return pod(night).getContainers().get(0);
  }

  private static CronJob cronJob() throws IOException {
    return yaml(CronJob.class).readValue(CONF.resolve("kubernetes/cronjob.yaml").toFile());
  }

  /** Reads what Kubernetes' own schema has, and refuses fields that it does not have. */
  private static ObjectReader yaml(Class<?> type) {
    return YAMLMapper.builder()
        .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .annotationIntrospector(new NoOtherFields())
        .build()
        .readerFor(type);
  }

  /** The classes keep fields that they do not know for later versions: here those are mistakes. */
  private static final class NoOtherFields extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public Boolean hasAnySetter(Annotated annotated) {
      return false;
    }
  }

  private static Properties active() throws IOException {
    return properties(Files.readString(CONF.resolve("spark-defaults.conf")));
  }

  /** With those that wait for an operator to take their comment sign away. */
  private static Properties settings(String text) throws IOException {
    return properties(COMMENTED.matcher(text).replaceAll(""));
  }

  private static Properties properties(String text) throws IOException {
    Properties properties = new Properties();
    properties.load(new StringReader(text));
    return properties;
  }

  private static String version(String name) {
    return Pattern.compile("<" + name + "\\.version>(.*)</")
        .matcher(contentOf(ROOT.resolve("pom.xml").toFile()))
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.joining());
  }
}
