using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>A checkpoint or restore that fails leaves the container, or nothing, and says why.</summary>
internal sealed class CheckpointFailureTests
{
    [Test]
    public void A_hook_that_fails_takes_the_restore_back()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        bundle.Config["hooks"] = new JsonObject { ["createRuntime"] = new JsonArray(new JsonObject { ["path"] = "/bin/false" }) };
        criu.Restore(id, bundle.Write()).ExpectError("error running createRuntime hook #0");
        criu.RestoresCleanly(id, bundle);
    }

    [Test]
    public void A_failing_checkpoint_leaves_a_container_that_runs_and_quotes_criu()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = Runtime.NewId(), work = Path.Combine(criu.Runtime.Work, "logs");
        // Its stdout is a file of the host, which nobody could find again.
        Child.Start([criu.Runtime.Program, "--root", criu.Runtime.Root, "run", "-d", "-b", bundle.Write().Path, id],
            Path.Combine(criu.Runtime.Work, "host-file")).Wait(TimeSpan.FromSeconds(20));
        Result result = criu.Checkpoint(id, "--work-path", work).ExpectError("criu failed: type DUMP");
        Assert.That(result.Errors, Does.Contain("host-file").And.Contain(work + "/dump.log"));
        Assert.That(criu.Runtime.Status(id), Is.EqualTo("running"));
        CriuRuntime.CountsOn(bundle);
    }

    [Test]
    public void A_failing_restore_leaves_nothing_and_quotes_criu()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle), image = Path.Combine(criu.Images, "core-1.img");
        criu.Checkpoint(id).Expect(0);
        File.Move(image, image + ".away");
        Assert.That(criu.Restore(id, bundle).ExpectError("restore failed: criu failed: type RESTORE").Errors,
            Does.Contain(criu.Images + "/restore.log"));
        criu.Runtime.Run("state", id).ExpectError("container does not exist");
        Assert.That(Directory.GetFileSystemEntries(criu.Runtime.Root), Is.Empty);
        File.Move(image + ".away", image);
        criu.RestoresCleanly(id, bundle);
    }

    [Test]
    public void An_id_that_is_in_use_is_refused()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle);
        criu.Checkpoint(id, "--leave-running").Expect(0);
        criu.Restore(id, bundle).ExpectError("container with given ID already exists");
        CriuRuntime.CountsOn(bundle);
    }

    [Test]
    public void What_is_no_checkpoint_is_refused()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        bundle.Write();
        criu.Restore("x", bundle).ExpectError(criu.Images);
        Directory.CreateDirectory(criu.Images);
        criu.Restore("x", bundle).ExpectError("this is not a container checkpoint");
        Assert.That(Directory.GetFileSystemEntries(criu.Runtime.Root), Is.Empty);
    }

    [Test]
    public void Only_what_runs_can_be_written()
    {
        using CriuRuntime criu = new();
        string id = Runtime.NewId();
        criu.Runtime.CreateContainer(id, criu.Runtime.NewBundle("true"));
        criu.Checkpoint(id).ExpectError("Container cannot be checkpointed in created state");
        criu.Checkpoint("nobody").ExpectError("container does not exist");
        Assert.That(Directory.Exists(criu.Images), Is.False);
    }

    [Test]
    public void Without_criu_there_is_a_clear_error()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), images = Path.Combine(runtime.Work, "images");
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        List<string> nowhere = ["PATH=/nowhere:relative"];
        runtime.Execute(runtime.Command("checkpoint", "--image-path", images, id), environment: nowhere)
            .ExpectError("exec: \"criu\": executable file not found in $PATH");
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        Assert.That(Directory.Exists(images), Is.False);
        string kept = Directory.CreateDirectory(Path.Combine(runtime.Work, "kept")).FullName;
        runtime.Execute(runtime.Command("checkpoint", "--image-path", kept, "--work-path", kept + "/logs/of", id), environment: nowhere)
            .ExpectError("not found in $PATH");
        Assert.That(Directory.GetFileSystemEntries(kept), Is.Empty);
    }

    [TestCase("echo this is no criu >&2; exit 3", "criu ended with status 3: this is no criu")]
    [TestCase("printf 'hello world' >&3; sleep 1", "not a message of its protocol")]
    [TestCase("kill -9 $$", "criu was killed by signal 9")]
    [TestCase("exit 0", "criu exited without an answer")]
    // VERSION, success, 3.11
    [TestCase("printf '\\010\\012\\020\\001\\122\\004\\010\\003\\020\\013' >&3; sleep 1", "criu 3.11 is too old")]
    public void A_criu_that_is_none_is_a_clear_error(string script, string error)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), criu = Path.Combine(runtime.Work, "criu");
        File.WriteAllText(criu, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(criu, (UnixFileMode)0x1ED);
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        List<string> environment = [$"PATH={runtime.Work}:/usr/bin:/bin"];
        runtime.Execute(runtime.Command("checkpoint", "--image-path", Path.Combine(runtime.Work, "images"), id), environment: environment)
            .ExpectError(error);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
    }
}
