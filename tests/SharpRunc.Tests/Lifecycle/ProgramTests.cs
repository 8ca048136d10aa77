using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

// The texts are those that Docker and Podman look for to tell 126 from 127.
internal sealed class ProgramTests
{
    [TestCase("nothing", "exec: \"nothing\": executable file not found in $PATH")]
    [TestCase("", "exec: \"\": executable file not found in $PATH")]
    [TestCase(".", "exec: \".\": executable file not found in $PATH")]
    [TestCase("directory", "exec: \"directory\": executable file not found in $PATH")]
    [TestCase("closed", "exec: \"closed\": permission denied")]
    [TestCase("/nothing", "exec: \"/nothing\": stat /nothing: no such file or directory")]
    [TestCase("./nothing", "no such file or directory")]
    [TestCase("/etc/passwd", "permission denied")]
    public void A_program_that_cannot_be_run_is_an_error_of_create(string program, string text)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle(program);
        // A directory in PATH is no command, whether it comes before a file that may not be executed or behind it.
        foreach (string directory in new[] { "usr/bin/directory", "usr/bin/closed", "bin/directory" })
            Directory.CreateDirectory(Path.Combine(bundle.Rootfs, directory));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "bin/closed"), "");
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

    // Mode, capabilities of the process, and whether the kernel would execute it for user 1000: capabilities(7), execve asks for an x bit
    // of anyone all the same.
    [TestCase("0700", "CAP_DAC_OVERRIDE", true)]
    [TestCase("0700", "CAP_DAC_READ_SEARCH", false)]
    [TestCase("0700", "CAP_CHOWN", false)]
    [TestCase("0600", "CAP_DAC_OVERRIDE", false)]
    [TestCase("0005", "CAP_CHOWN", true)]
    public void Whether_a_program_may_be_executed_is_asked_as_the_kernel_asks(string mode, string capability, bool runs)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("/usr/busybox", "echo", "ran");
        string program = Path.Combine(bundle.Rootfs, "usr/busybox");
        File.Copy(Path.Combine(bundle.Rootfs, "bin/busybox"), program);
        File.SetUnixFileMode(program, (UnixFileMode)System.Convert.ToInt32(mode, 8));
        bundle.Process["args"] = new JsonArray("/usr/busybox", "true");
        bundle.Process["user"] = new JsonObject { ["uid"] = 1000, ["gid"] = 1000 };
        bundle.Process["capabilities"] = new JsonObject();
        foreach (string set in new[] { "bounding", "effective", "permitted", "inheritable", "ambient" })
            bundle.Process["capabilities"]![set] = new JsonArray(capability);
        foreach (bool noNewPrivileges in new[] { true, false })
        {
            bundle.Process["noNewPrivileges"] = noNewPrivileges;
            Result result = runtime.Run("create", "--bundle", bundle.Write().Path, "p" + noNewPrivileges);
            Assert.That(result.ExitCode, Is.EqualTo(runs ? 0 : 1), result.Errors);
            if (runs)
            {
                runtime.Run("start", "p" + noNewPrivileges).Expect(0);
                // The next one has the same cgroup.
                Eventually.Holds(() => runtime.Status("p" + noNewPrivileges) == "stopped", "its program has ended");
            }
            else
                result.ExpectError("permission denied");
        }
    }

    // A closed directory on the way: execve looks it up with the capabilities of the process.
    [TestCase("CAP_DAC_READ_SEARCH", true)]
    [TestCase("CAP_CHOWN", false)]
    public void A_program_in_a_closed_directory_is_found_by_who_may_search_it(string capability, bool runs)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("/closed/busybox", "true");
        string directory = Path.Combine(bundle.Rootfs, "closed");
        Directory.CreateDirectory(directory);
        File.Copy(Path.Combine(bundle.Rootfs, "bin/busybox"), Path.Combine(directory, "busybox"));
        File.SetUnixFileMode(directory, (UnixFileMode)0x1C0);
        bundle.Process["user"] = new JsonObject { ["uid"] = 1000, ["gid"] = 1000 };
        bundle.Process["capabilities"] = new JsonObject();
        foreach (string set in new[] { "bounding", "effective", "permitted", "inheritable", "ambient" })
            bundle.Process["capabilities"]![set] = new JsonArray(capability);
        Result result = runtime.RunBundle(bundle);
        Assert.That(result.ExitCode, Is.EqualTo(runs ? 0 : 1), result.Errors);
    }

    [TestCase("not a program", "exec format error")]
    [TestCase("#!/bin/nowhere\n", "no such file or directory")]
    public void What_only_execve_can_tell_of_a_program_is_told(string content, string reason)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("/bin/odd");
        string file = Path.Combine(bundle.Rootfs, "bin/odd");
        File.WriteAllText(file, content);
        File.SetUnixFileMode(file, (UnixFileMode)0x1ED);
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError($"exec /bin/odd: {reason}");
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

    [TestCase("PATH=", "/opt")]
    [TestCase("PATH=:/nowhere", "/opt")]
    [TestCase("PATH=/nowhere:", "/opt")]
    [TestCase("PATH=opt", "/")]
    [TestCase("PATH=./opt", "/")]
    public void An_empty_or_relative_entry_of_PATH_is_of_the_working_directory(string path, string cwd)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("mine", "hello");
        string program = Path.Combine(bundle.Rootfs, "opt/mine");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "opt"));
        File.WriteAllText(program, "#!/bin/echo\n");
        File.SetUnixFileMode(program, (UnixFileMode)0x1ED);
        bundle.Process["env"] = new JsonArray(path);
        bundle.Process["cwd"] = cwd;
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Does.EndWith("mine hello\n"));
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
