using System;
using System.Buffers.Binary;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// Whoever may trace a process that comes into a container can take its end of the channel to the runtime. Nothing that is said there is
/// done for them: no process of the host is ended or taken for the container's, no owner changed, no mount or terminal handed over.
/// </summary>
internal sealed class ChannelTests
{
    private const int Attempts = 8;

    public enum Way { Exec, ExecDetached, CreateIntoPod }

    public enum Lie
    {
        Born, StdioOwner, StdioOwnerWithoutDescriptor, Console, Device, Tree, IdMap, Mounted, Limits, Listener, Warning,
        Error, Nothing
    }

    [Test]
    public void Who_takes_the_channel_of_a_process_that_comes_in_is_not_served([Values] Way way, [Values] Lie lie)
    {
        for (int attempt = 1; ; attempt++)
            if (Lied(way, lie))
                return;
            else if (attempt == Attempts)
                Assert.Ignore("the one who lies was never quick enough");
    }

    /// <returns>false: it was too late.</returns>
    private static bool Lied(Way way, Lie lie)
    {
        using Runtime runtime = Runtime.Create();
        Child victim = Child.Start(["/bin/sleep", "1000"]);
        try
        {
            Bundle bundle = runtime.NewBundle();
            File.Copy(Probe.Program, Path.Combine(bundle.Rootfs, "bin/probe"));
            string tmp = Path.Combine(bundle.Rootfs, "tmp"), file = Path.Combine(tmp, "file"), report = Path.Combine(tmp, "report"),
                ready = Path.Combine(tmp, "ready");
            File.WriteAllText(file, "");
            (byte[] message, bool encloses) = Message(lie, victim.Pid);
            bundle.Process["args"] = Attack.Array(["probe", "impostor", Convert.ToHexString(message), encloses ? "/tmp/file" : "-",
                "/tmp/report", "/tmp/ready"]);
            foreach (string set in new[] { "bounding", "effective", "permitted" })
                bundle.Process["capabilities"]![set] = new JsonArray("CAP_SYS_PTRACE", "CAP_KILL");
            string id = Runtime.NewId(), pod = Runtime.NewId();
            int init = runtime.StartContainer(id, bundle);
            Assert.That(SpinWait.SpinUntil(() => File.Exists(ready), 20_000), "it never looked");
            string[] command = way switch
            {
                Way.Exec => ["exec", id, "true"],
                Way.ExecDetached => ["exec", "--detach", id, "true"],
                _ => ["create", "--bundle", runtime.NewBundle("sleep", "1000").InNamespace("pid", $"/proc/{runtime.Pid(id)}/ns/pid")
                    .Write().Path, pod],
            };
            Result result = runtime.Run(command);
            bool lied = SpinWait.SpinUntil(() => File.Exists(report), 2_000) && File.ReadAllText(report) != "0";
            Leftovers.End(runtime, id, init);
            if (!lied)
                return false;
            Assert.That(File.ReadAllText($"/proc/{victim.Pid}/stat"), Does.Not.Contain(") Z"), "a process of the host has ended");
            using (Fd opened = Sys.OpenAt(Fd.Cwd, file, O_PATH))
                Assert.That(Inode.Of(opened, file).Uid, Is.Zero, "owner");
            Assert.That(result.Errors, Does.Not.Contain("internal error"));
            if (way == Way.CreateIntoPod && result.ExitCode == 0)
                Assert.That(runtime.Pid(pod), Is.Not.EqualTo(victim.Pid));
            return true;
        }
        finally
        {
            victim.Kill(9);
            victim.Wait();
        }
    }

    private static (byte[] Bytes, bool Encloses) Message(Lie lie, int victim)
    {
        byte[] Of(char kind, params byte[] payload) => [(byte)kind, .. payload];
        byte[] pid = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(pid, victim);
        return lie switch
        {
            Lie.Born => (Of('B', [0, 0, 0, .. pid]), false),
            Lie.StdioOwner => (Of('O', 0x39, 0x30, 0, 0), true),
            Lie.StdioOwnerWithoutDescriptor => (Of('O', 0x39, 0x30, 0, 0), false),
            Lie.Console => (Of('Y'), true),
            Lie.Device => (Of('D'), true),
            Lie.Tree => (Of('T', 0xFF, 0xFF, 0xFF, 0xFF), false),
            Lie.IdMap => (Of('I', 0xFF, 0xFF, 0xFF, 0x7F), true),
            Lie.Mounted => (Of('M'), false),
            Lie.Limits => (Of('L'), false),
            Lie.Listener => (Of('S', 0, 0, 0, 1, 0, 0, 0), false),
            Lie.Warning => (Of('W', (byte)'x'), false),
            Lie.Error => (Of('E', (byte)'x'), false),
            _ => (Of('\0'), true),
        };
    }
}
