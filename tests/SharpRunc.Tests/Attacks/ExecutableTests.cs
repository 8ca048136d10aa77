using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// CVE-2019-5736: no handle that a container can get of the runtime's binary can ever be written. The attacks are made
/// by this test as the host's root, which can do all that a container with all capabilities can, and more.
/// </summary>
internal sealed class ExecutableTests
{
    private static readonly string[] Plain = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"];
    private static readonly string[] Reconfigured = [.. Plain, "DOTNET_gcServer=1"];

    private string hash = null!;

    [SetUp]
    public void Remember() => hash = Hash(Runtime.Binary);

    [TearDown]
    public void Compare() => Assert.That(Hash(Runtime.Binary), Is.EqualTo(hash), "the runtime's binary was changed");

    private static readonly TestCaseData[] Ways =
    [
        new TestCaseData((object)Plain).SetArgDisplayNames("in place"),
        new TestCaseData((object)Reconfigured).SetArgDisplayNames("with a setting of .NET"),
    ];

    [TestCaseSource(nameof(Ways))]
    public void The_executable_held_while_the_init_waits_cannot_be_written_when_it_has_ended(string[] environment)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Create(runtime, id, environment);
        int pid = runtime.Pid(id);
        using Fd held = Sys.OpenAt(Fd.Cwd, $"/proc/{pid}/exe", O_PATH);
        AssertIsTheBinary(held);
        AssertCannotBeWritten(held, runs: true);
        runtime.Run("start", id).Expect(0);
        Runtime.WaitForEnd(pid);
        AssertCannotBeWritten(held);
    }

    [TestCaseSource(nameof(Ways))]
    public void Nor_can_any_piece_of_its_memory_that_is_the_binarys(string[] environment)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Create(runtime, id, environment);
        int pid = runtime.Pid(id), files = 0;
        List<Fd> held = [];
        foreach (string file in Directory.GetFiles($"/proc/{pid}/map_files"))
        {
            Fd piece = Sys.OpenAt(Fd.Cwd, file, O_PATH);
            held.Add(piece);
            AssertIsTheBinary(piece);
            AssertCannotBeWritten(piece, runs: true);
            files++;
        }
        Assert.That(files, Is.GreaterThan(1));
        runtime.Run("start", id).Expect(0);
        Runtime.WaitForEnd(pid);
        foreach (Fd piece in held)
            using (piece)
                AssertCannotBeWritten(piece);
    }

    [Test]
    public void The_runtime_that_waits_for_its_container_is_sealed_too()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "touch /ready; sleep 100");
        string id = Runtime.NewId();
        Child run = Child.Start(runtime.Command("run", "--bundle", bundle.Path, id), environment: Plain);
        for (int i = 0; i < 1000 && !File.Exists(Path.Combine(bundle.Rootfs, "ready")); i++)
            System.Threading.Thread.Sleep(10);
        using Fd held = Sys.OpenAt(Fd.Cwd, $"/proc/{run.Pid}/exe", O_PATH);
        AssertIsTheBinary(held);
        runtime.Run("delete", "--force", id).Expect(0);
        run.Wait(TimeSpan.FromSeconds(30));
        AssertCannotBeWritten(held);
    }

    [TestCaseSource(nameof(Ways))]
    public void A_program_that_is_the_runtime_itself_cannot_write_it(string[] environment)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("/proc/self/exe", "--version").WithAllCapabilities();
        foreach (string command in new[] { "run", "create" })
        {
            string id = Runtime.NewId();
            // The link is that of the init, so the runtime's binary is what starts: detached from every mount of the host.
            Result result = runtime.Execute(runtime.Command(command, "--bundle", bundle.Path, id), environment: environment);
            if (command == "run" && result.Ran())
                Assert.That(result.Output, Does.StartWith("sharprunc version"));
            if (command == "create" && result.ExitCode == 0)
            {
                int pid = runtime.Pid(id);
                using Fd held = Sys.OpenAt(Fd.Cwd, $"/proc/{pid}/exe", O_PATH);
                runtime.Run("start", id);
                Runtime.WaitForEnd(pid);
                AssertCannotBeWritten(held);
            }
            runtime.Run("delete", "--force", id);
        }
    }

    [TestCaseSource(nameof(Ways))]
    public void A_script_that_is_interpreted_by_the_runtime_itself_cannot_write_it(string[] environment)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("/script").WithAllCapabilities();
        string script = Path.Combine(bundle.Rootfs, "script");
        File.WriteAllText(script, "#!/proc/self/exe --version\n");
        File.SetUnixFileMode(script, (UnixFileMode)0x1ED);
        runtime.Execute(runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId()), environment: environment);
    }

    /// <summary>
    /// The attack as it was published: a process in the container looks for the runtime and writes what its link leads to.
    /// </summary>
    [Test]
    public void A_container_with_all_capabilities_that_sees_the_runtime_cannot_write_it()
    {
        using Runtime runtime = Runtime.Create();
        Bundle attacker = runtime.NewBundle("sh", "-c", """
            touch /ready
            while [ ! -e /victim ]; do sleep 0.05; done
            pid=$(cat /victim)
            exec 8</proc/$pid/exe && touch /held
            while [ ! -e /go ]; do sleep 0.05; done
            for i in 1 2 3; do echo OVERWRITTEN 9>/proc/self/fd/8 >&9 && touch /written; done
            mkdir /m; : > /m/f
            mount -o bind /proc/self/fd/8 /m/f && mount -o remount,bind,rw /m/f && echo OVERWRITTEN > /m/f && touch /written
            touch /done
            sleep 100
            """).WithAllCapabilities();
        ShareHost(attacker, "pid");
        attacker.Write();
        string id = Runtime.NewId(), victim = Runtime.NewId();
        runtime.Run("run", "--detach", "--bundle", attacker.Path, id).Expect(0);
        string At(string name) => Path.Combine(attacker.Rootfs, name);
        Await(At("ready"));
        runtime.Execute(runtime.Command("create", "--bundle", runtime.NewBundle("true").Path, victim), environment: Plain).Expect(0);
        int pid = runtime.Pid(victim);
        File.WriteAllText(At("victim.new"), $"{pid}");
        File.Move(At("victim.new"), At("victim"));
        Await(At("held"));
        runtime.Run("start", victim).Expect(0);
        Runtime.WaitForEnd(pid);
        File.WriteAllText(At("go"), "");
        Await(At("done"));
        Assert.That(File.Exists(At("written")), Is.False);
    }

    [Test]
    public void In_the_normal_case_nothing_is_started_twice_and_nothing_is_copied()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        List<string> command = ["/usr/bin/env", "-i", .. runtime.Command("create", "--bundle", bundle.Path, Runtime.NewId())];
        List<Strace.Call> calls = Strace.Trace(runtime, command);
        Assert.That(calls.FindAll(call => call.Name is "memfd_create" or "execveat"), Is.Empty);
        Assert.That(calls.FindAll(call => call.Name == "execve" && call.Result == "0"), Has.Count.EqualTo(2), "env and the runtime");
        Assert.That(calls,
            Has.Some.Matches<Strace.Call>(
                call => call.Name == "prctl" && call.Arguments.Contains("PR_SET_MM", StringComparison.Ordinal) && call.Result == "0"));
    }

    [Test]
    public void A_binary_that_is_mounted_read_only_needs_no_seal()
    {
        Strace.Require();
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string id = Runtime.NewId(), copy = Path.Combine(runtime.Work, "bound");
        File.Copy(Runtime.Binary, copy);
        string[] create = [copy, .. runtime.Command("create", "--bundle", bundle.Path, id)[1..]];
        // In a mount namespace that ends with the command; the container's init lives on.
        string script =
            $"mount --bind {copy} {copy} && mount -o remount,bind,ro {copy} && exec strace -o {runtime.Work}/calls -e trace=open_tree,execveat,prctl,memfd_create \"$@\"";
        runtime.Execute(["/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "sh", .. create], environment: Plain).Expect(0);
        string calls = File.ReadAllText(Path.Combine(runtime.Work, "calls"));
        Assert.That(calls, Does.Not.Contain("/proc/self/exe").And.Not.Contain("PR_SET_MM").And.Not.Contain("execveat")
            .And.Not.Contain("memfd_create"));
        int pid = runtime.Pid(id);
        using Fd held = Sys.OpenAt(Fd.Cwd, $"/proc/{pid}/exe", O_PATH);
        AssertCannotBeWritten(held, runs: true);
        runtime.Run("start", id).Expect(0);
        Runtime.WaitForEnd(pid);
        AssertCannotBeWritten(held);
    }

    [Test]
    public void Without_the_privilege_to_mount_a_sealed_copy_runs()
    {
        Strace.Require();
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        // The copy is made before anything is looked at: what comes after may fail for want of privilege.
        Result result = runtime.Execute(["/usr/bin/setpriv", "--bounding-set=-sys_admin,-checkpoint_restore", "--inh-caps=-all",
            "/usr/bin/strace", "-s", "200", "-o", Path.Combine(runtime.Work, "calls"),
            .. runtime.Command("create", "--bundle", bundle.Path, Runtime.NewId())], environment: Plain);
        string calls = File.ReadAllText(Path.Combine(runtime.Work, "calls"));
        Assert.That(result.ExitCode, Is.Not.Zero, "no mount namespace without privilege");
        Assert.That(calls, Does.Contain("F_SEAL_SEAL|F_SEAL_SHRINK|F_SEAL_GROW|F_SEAL_WRITE) = 0"));
        Assert.That(calls, Does.Match(@"execveat\(\d+, .* = 0"));
    }

    /// <summary>With what is too small a heap for .NET, if .NET saw it.</summary>
    [Test]
    public void A_setting_of_dotnet_is_hidden_from_it_and_the_environment_stays_byte_by_byte()
    {
        Strace.Require();
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config["hooks"] = new System.Text.Json.Nodes.JsonObject
        {
            ["createRuntime"] = new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject
            {
                ["path"] = "/bin/sh",
                ["args"] = Attack.Array(["sh", "-c", $"tr '\\0' '\\n' < /proc/$PPID/environ > {runtime.Work}/environ"])
            }),
        };
        bundle.Write();
        string calls = Path.Combine(runtime.Work, "calls");
        runtime.Execute(["/bin/bash", "-c", "exec env -i PATH=/bin:/usr/bin DOTNET_GCHeapHardLimit=1000 EMPTY= COMPlus_x=y DOTNET= "
            + "BYTES=$'\\xff\\xfe' \"$@\"", "bash",
            "/usr/bin/strace", "-e", "trace=execve,execveat", "-o", calls,
                .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())]).Expect(0);
        Assert.That(File.ReadAllBytes(Path.Combine(runtime.Work, "environ")),
            Is.EqualTo((byte[])[.. "PATH=/bin:/usr/bin\nDOTNET_GCHeapHardLimit=1000\nEMPTY=\nCOMPlus_x=y\nDOTNET=\nBYTES="u8, 0xFF, 0xFE,
                (byte)'\n']));
        Assert.That(File.ReadAllText(calls).Split("exec"), Has.Length.EqualTo(2), "it started again");
    }

    private static void Create(Runtime runtime, string id, string[] environment)
        => runtime.Execute(runtime.Command("create", "--bundle", runtime.NewBundle("true").WithAllCapabilities().Path, id),
            environment: environment).Expect(0);

    private static void ShareHost(Bundle bundle, string type)
    {
        System.Text.Json.Nodes.JsonArray namespaces = (System.Text.Json.Nodes.JsonArray)bundle.Linux["namespaces"]!;
        for (int i = namespaces.Count - 1; i >= 0; i--)
            if ((string)namespaces[i]!["type"]! == type)
                namespaces.RemoveAt(i);
    }

    private static void Await(string file)
    {
        for (int i = 0; i < 1000; i++, System.Threading.Thread.Sleep(10))
            if (File.Exists(file))
                return;
        Assert.Fail($"{file} never came");
    }

    private static void AssertIsTheBinary(Fd held)
    {
        using Fd binary = Sys.OpenAt(Fd.Cwd, Runtime.Binary, O_PATH);
        Assert.That(Inode.Of(held, "exe").Number, Is.EqualTo(Inode.Of(binary, "binary").Number), "the test looks at the right file");
    }

    /// <summary>
    /// EROFS (ETXTBSY while it runs), and the mount that says so can be changed or bound by nobody: it is in no mount namespace.
    /// </summary>
    private static void AssertCannotBeWritten(Fd held, bool runs = false)
    {
        foreach (int flags in new[] { O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC })
        {
            using Fd? opened = Sys.TryOpenAt(Fd.Cwd, $"/proc/self/fd/{held.Number}", flags, out SysError error);
            Assert.That(error.Errno, Is.EqualTo(EROFS).Or.EqualTo(runs ? ETXTBSY : EROFS));
        }
        Assert.That(Sys.TryMountSetAttr(held, new() { attr_clr = MOUNT_ATTR_RDONLY }, 0, "exe").Errno, Is.EqualTo(EINVAL));
        using Tree? bound = Tree.TryClone(held, "", recursive: false, out SysError refused);
        Assert.That(refused.Errno, Is.EqualTo(EINVAL));
    }

    private static string Hash(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
}
