using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>What the flags of checkpoint and restore become for criu.</summary>
internal sealed class CheckpointFlagTests
{
    [TestCase("--parent-path must be relative", "--parent-path", "/tmp")]
    [TestCase("invalid --parent-path", "--parent-path", "../nothing")]
    [TestCase("invalid manage-cgroups-mode value", "--manage-cgroups-mode", "some")]
    [TestCase("namespace \"pid\" is not supported", "--empty-ns", "pid")]
    [TestCase("Use --page-server ADDRESS:PORT", "--page-server", "host")]
    [TestCase("Use --page-server ADDRESS:PORT", "--page-server", ":1")]
    [TestCase("Invalid port number", "--page-server", "host:port")]
    [TestCase("invalid --status-fd argument 77", "--status-fd", "77")]
    [TestCase("parse error", "--status-fd", "x")]
    public void A_flag_that_cannot_be_meant_is_an_error_and_the_container_runs_on(string error, params string[] flags)
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle);
        criu.Checkpoint(id, flags).ExpectError(error);
        CriuRuntime.CountsOn(bundle);
    }

    [Test]
    public void Images_are_for_their_owner_alone_and_by_default_in_the_working_directory()
    {
        using CriuRuntime criu = new();
        string id = criu.Start(criu.NewBundle()), directory = Directory.CreateDirectory(Path.Combine(criu.Runtime.Work, "here")).FullName;
        criu.Runtime.Execute(criu.Runtime.Command("checkpoint", id), directory, WorkingCriu.Environ).Expect(0);
        Assert.That(File.GetUnixFileMode(Path.Combine(directory, "checkpoint")), Is.EqualTo((UnixFileMode)0x1C0));
    }

    [Test]
    public void A_pre_dump_asks_for_memory_only()
    {
        using Runtime runtime = Runtime.Create();
        FakeCriu criu = new(runtime);
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        Directory.CreateDirectory(Path.Combine(runtime.Work, "before"));
        runtime.Execute(runtime.Command("checkpoint", "--pre-dump", "--parent-path", "../before", "--image-path",
            Path.Combine(runtime.Work, "images"), id), environment: criu.Environ).Expect(0);
        string[] asked = criu.Asked;
        // SINGLE_PRE_DUMP; pid, parent_img, track_mem; no mount
        Assert.That(asked, Does.Contain("type 13").And.Contain($"2 {runtime.Pid(id)}").And.Contain("14 ../before").And.Contain("15 1")
            .And.None.StartsWith("23 "));
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        Assert.That(File.Exists(Path.Combine(runtime.Work, "images", "descriptors.json")), Is.False);
    }

    [Test]
    public void Every_flag_reaches_criu_and_the_status_descriptor_tells_when_pages_can_be_asked_for()
    {
        using Runtime runtime = Runtime.Create();
        FakeCriu criu = new(runtime, "status-ready", "post-dump", "a notification of a later criu");
        string id = Runtime.NewId(), status = Path.Combine(runtime.Work, "status");
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Config["annotations"] = new JsonObject { ["org.criu.config"] = "/etc/criu/mine.conf" };
        runtime.StartContainer(id, bundle.Write());
        string command = string.Join(' ', runtime.Command("checkpoint", "--leave-running", "--tcp-established", "--tcp-skip-in-flight",
            "--link-remap", "--ext-unix-sk", "--shell-job",
            "--lazy-pages", "--status-fd", "5", "--page-server", "[::1]:27", "--file-locks", "--manage-cgroups-mode", "full", "--empty-ns",
            "network", "--auto-dedup", "--image-path",
            Path.Combine(runtime.Work, "images"), id));
        runtime.Execute(["/bin/sh", "-c", $"exec 5>{status}; {command}"], environment: criu.Environ).Expect(0);
        Assert.That(File.ReadAllBytes(status), Is.EqualTo(new byte[1]));
        string[] asked = criu.Asked;
        foreach (string option in new[] { "type 1", "3 1", "4 1", "5 1", "7 1", "8 1", "12 1", "16 1", "18 1", "34 4", "38 1073741824",
            "46 1", "48 1", "50 1", "51 /etc/criu/mine.conf" })
            Assert.That(asked, Does.Contain(option));
        Assert.That(asked, Does.Contain($"13 {bundle.Rootfs}"));
        // ps { address, port }
        Assert.That(asked, Does.Contain("11 0a033a3a31101b"));
        Assert.That(File.ReadAllText(Path.Combine(runtime.Work, "images", "descriptors.json")), Does.StartWith("[\"").And.EndsWith("\"]"));
    }

    [TestCase(null, "/etc/criu/runc.conf")]
    [TestCase("", null)]
    public void Criu_gets_the_configuration_file_of_runc_unless_the_annotation_says_otherwise(string? annotation, string? file)
    {
        using Runtime runtime = Runtime.Create();
        FakeCriu criu = new(runtime);
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        if (annotation is not null)
            bundle.Config["annotations"] = new JsonObject { ["org.criu.config"] = annotation };
        runtime.StartContainer(id, bundle.Write());
        runtime.Execute(runtime.Command("checkpoint", "--leave-running", "--image-path", Path.Combine(runtime.Work, "images"), id),
            environment: criu.Environ).Expect(0);
        Assert.That(Array.FindAll(criu.Asked, line => line.StartsWith("51 ", StringComparison.Ordinal)),
            Is.EqualTo(file is null ? [] : new[] { "51 " + file }));
    }

    /// <summary>Podman and CRI-O learn from these what can be done.</summary>
    [Test]
    public void Engines_see_that_it_can_be_done()
    {
        using Runtime runtime = Runtime.Create();
        runtime.Run("checkpoint", "--help").Expect(0);
        Result result = runtime.Run("restore", "--lsm-mount-context").Expect(1);
        Assert.That(result.Output + result.Errors, Does.Contain("flag needs an argument"));
        Assert.That(runtime.Run("features").Output, Does.Contain("\"org.opencontainers.runc.checkpoint.enabled\": \"true\""));
    }
}
