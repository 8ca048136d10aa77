using System;
using System.IO;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>A network namespace of the test's own, in which the runtime and iproute2 run: the host's devices are not touched.</summary>
internal sealed class NetworkNamespace : IDisposable
{
    private const string Ip = "/usr/sbin/ip", Enter = "/usr/bin/nsenter", Unshare = "/usr/bin/unshare";

    private readonly Runtime runtime;
    private readonly Child holder;

    private NetworkNamespace(Runtime runtime)
    {
        this.runtime = runtime;
        holder = Child.Start([Unshare, "--net", "sleep", "1000"]);
        while (IsOurs())
            System.Threading.Thread.Sleep(2);
    }

    public string Path => $"/proc/{holder.Pid}/ns/net";

    /// <summary>Skips the test where iproute2 is missing.</summary>
    public static NetworkNamespace Create(Runtime runtime)
    {
        foreach (string program in new[] { Ip, Enter, Unshare })
            if (!File.Exists(program))
                Assert.Ignore($"{program} is not installed");
        return new(runtime);
    }

    /// <summary>A device that can be moved; skips the test where the kernel has none to make.</summary>
    public void Make(string name)
    {
        if (Execute(this, Ip, "link", "add", name, "type", "veth", "peer", "name", name + "-peer").ExitCode != 0)
            Assert.Ignore("this kernel has no veth devices");
    }

    /// <summary>Runs iproute2 in it.</summary>
    public string Say(string arguments) => Execute(this, [Ip, .. arguments.Split(' ')]).Expect(0).Output;

    /// <summary>Runs iproute2 where a process is.</summary>
    public static string Say(Runtime runtime, int pid, string arguments)
        => runtime.Execute([Enter, $"--net=/proc/{pid}/ns/net", Ip, .. arguments.Split(' ')]).Expect(0).Output;

    /// <summary>The command as a process of it: the devices of this namespace are the runtime's own.</summary>
    public string[] Command(params string[] command) => [Enter, "--net=" + Path, .. command];

    /// <summary>Runs the bundle attached, from here.</summary>
    public Result RunBundle(Bundle bundle) => Execute(this, runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId()));

    /// <summary>Creates and starts a container from here; its process.</summary>
    public int StartContainer(string id, Bundle bundle)
    {
        Execute(this, runtime.Command("create", "--bundle", bundle.Write().Path, id)).Expect(0);
        runtime.Run("start", id).Expect(0);
        return runtime.Pid(id);
    }

    public void Dispose()
    {
        holder.Kill(9);
        holder.Wait();
    }

    private bool IsOurs() => File.ResolveLinkTarget(Path, false)?.Name == File.ResolveLinkTarget("/proc/self/ns/net", false)!.Name;

    private static Result Execute(NetworkNamespace inside, params string[] command) => inside.runtime.Execute(inside.Command(command));
}
