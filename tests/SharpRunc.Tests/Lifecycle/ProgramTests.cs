using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

// The texts are those that Docker and Podman look for to tell 126 from 127: cli.md §5.
internal sealed class ProgramTests
{
    [TestCase("nothing", "exec: \"nothing\": executable file not found in $PATH")]
    [TestCase("/nothing", "exec: \"/nothing\": stat /nothing: no such file or directory")]
    [TestCase("./nothing", "no such file or directory")]
    [TestCase("/etc/passwd", "permission denied")]
    public void A_program_that_cannot_be_run_is_an_error_of_create(string program, string text)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle(program);
        runtime.Run("create", "--bundle", bundle.Path, Runtime.NewId()).ExpectError(text).ExpectError("unable to start container process");
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError(text).ExpectError("unable to start container process");
    }

    [Test]
    public void A_directory_is_not_a_program()
    {
        using Runtime runtime = Runtime.Create();
        Result result = runtime.Run("run", "--bundle", runtime.NewBundle("/etc").Path, Runtime.NewId()).Expect(1);
        Assert.That(result.Errors, Does.Contain("permission denied").Or.Contain("is a directory"));
    }

    [Test]
    public void A_file_of_no_format_fails_when_it_is_executed()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("/bin/noformat");
        string file = Path.Combine(bundle.Rootfs, "bin/noformat");
        File.WriteAllText(file, "not a program");
        File.SetUnixFileMode(file, (UnixFileMode)0x1ED);
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError("exec format error");
    }

    [Test]
    public void A_program_is_looked_up_in_the_containers_own_path()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("mine");
        string directory = Path.Combine(bundle.Rootfs, "opt/x");
        Directory.CreateDirectory(directory);
        File.CreateSymbolicLink(Path.Combine(directory, "mine"), "/bin/true");
        bundle.Process["env"] = new JsonArray("PATH=/nowhere:/opt/x");
        bundle.Process["args"] = new JsonArray("mine");
        bundle.Write();
        // busybox runs the applet of its name: there is no applet `mine`.
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(127);
    }

    [Test]
    [Must("process.at-start"), Must("start.process")]
    public void Without_a_process_there_is_nothing_to_start()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config.Remove("process");
        bundle.Write();
        string id = Runtime.NewId();
        runtime.Run("create", "--bundle", bundle.Path, id).Expect(0);
        runtime.Run("start", id).ExpectError("process property must not be empty");
        runtime.Run("delete", "--force", id).Expect(0);
    }

    [Test]
    [Must("bundle.config"), Must("create.arguments")]
    public void A_bundle_without_config_json_is_said_so()
    {
        using Runtime runtime = Runtime.Create();
        runtime.Run("create", "--bundle", runtime.Work, Runtime.NewId()).ExpectError("JSON specification file config.json not found");
    }

    [Test]
    public void Nothing_of_the_callers_environment_reaches_the_container()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("env");
        Result result = runtime.Execute(runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId()),
            environment: ["PATH=/usr/bin", "SECRET=1", "DOTNET_gcServer=1", "COMPlus_X=1"]).Expect(0);
        Assert.That(result.Output.Split('\n', System.StringSplitOptions.RemoveEmptyEntries),
            Is.EquivalentTo(new[] { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root" }));
    }
}
