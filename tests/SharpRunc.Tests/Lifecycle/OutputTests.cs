using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>The JSON that the program gives, held against the specification's schemas.</summary>
internal sealed class OutputTests
{
    private static readonly string[] Kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    [Test]
    [Must("state.schema"), Must("state.ociVersion"), Must("state.id"), Must("state.status"), Must("state.pid")]
    [Must("state.bundle"), Must("hooks.state"), Must("query.state")]
    public void The_state_MUST_have_the_specifications_properties_in_every_status_and_on_the_stdin_of_every_hook()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Config["annotations"] = new JsonObject { ["a/b"] = "c\"\n", ["empty"] = "" };
        JsonObject hooks = [];
        foreach (string kind in Kinds)
            // A start hook is the container's own: what it says goes to the container's side of a shared directory.
            hooks[kind] = new JsonArray(new JsonObject
            {
                ["path"] = "/bin/sh",
                ["args"] = new JsonArray("sh", "-c", $"cat >{(kind == "startContainer" ? "/seen" : runtime.Work)}/{kind}.json")
            });
        bundle.Config["hooks"] = hooks;
        bundle.Mounting("/seen", "bind", runtime.Work, "bind").Write();
        string id = Runtime.NewId();

        int pid = runtime.CreateContainer(id, bundle);
        Assert.That(StateIs(runtime, id, "created"), Is.EqualTo(pid));
        runtime.Run("start", id).Expect(0);
        Assert.That(StateIs(runtime, id, "running"), Is.EqualTo(pid));
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(StateIs(runtime, id, "stopped"), Is.Zero);
        runtime.Run("delete", id).Expect(0);

        foreach (string kind in Kinds)
            Assert.That(JsonSchema.State.Errors(File.ReadAllText(Path.Combine(runtime.Work, kind + ".json"))), Is.Empty, kind);
    }

    [Test]
    [Must("features.annotations"), Must("features.min"), Must("features.max")]
    public void The_features_MUST_be_as_their_schema_has_them()
        => Assert.That(JsonSchema.Features.Errors(Binary.Run("features").Output), Is.Empty);

    [TestCase()]
    [TestCase("--rootless")]
    public void The_config_that_spec_writes_is_as_its_schema_has_it(params string[] flags)
    {
        using TemporaryDirectory directory = new();
        Assert.That(Binary.Run(["spec", .. flags, "--bundle", directory.Path]).ExitCode, Is.Zero);
        Assert.That(JsonSchema.Config.Errors(File.ReadAllText(directory["config.json"])), Is.Empty);
    }

    /// <returns>The pid that it tells.</returns>
    private static int StateIs(Runtime runtime, string id, string status)
    {
        string json = runtime.Run("state", id).Expect(0).Output;
        Assert.That(JsonSchema.State.Errors(json), Is.Empty, json);
        JsonNode state = JsonNode.Parse(json)!;
        Assert.That((string)state["status"]!, Is.EqualTo(status));
        Assert.That((string)state["annotations"]!["a/b"]!, Is.EqualTo("c\"\n"));
        return int.Parse(state["pid"]!.ToString(), CultureInfo.InvariantCulture);
    }
}
