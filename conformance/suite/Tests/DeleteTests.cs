using System.IO;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class DeleteTests
{
    public static Section[] Sections =>
    [
        new("runtime.md#runtimeDelete",
            Must("delete.id", "Delete without an id, or with one that nobody has, is an error.", box =>
            {
                box.Call("delete").ExpectError("delete without an id");
                box.Call("delete", box.NewId()).ExpectError("delete of an unknown container");
            }),
            Must("delete.not-stopped", "Delete of a running container is an error and does nothing to it.", box =>
            {
                Container container = box.Sleeper();
                container.TryDelete().ExpectError("delete of a running container");
                Expect.That(Processes.Lives(container.Pid), "its process is gone");
                Expect.Equal("running", container.Status(), "status");
            }),
            Must("delete.created", "Delete of a container that is created and not started is an error and does nothing to it.", box =>
            {
                Container container = box.Create(box.NewBundle("sleep 300"));
                container.TryDelete().ExpectError("delete of a created container");
                Expect.Equal("created", container.Status(), "status");
            }),
            Must("delete.resources", "Delete takes away what create made …", Resources),
            MustNot("delete.others", "… and nothing else.", box =>
            {
                string mine = Path.Combine(box.Work, "mine");
                Directory.CreateDirectory(mine);
                File.WriteAllText(Path.Combine(mine, "file"), "kept");
                Container other = box.Sleeper();
                Container container =
                    box.Sleeper(b => b.Mount("/mnt", "bind", mine, "bind").InNamespace("network", $"/proc/{other.Pid}/ns/net"));
                container.Stop();
                container.Delete();
                Expect.Equal("kept", File.ReadAllText(Path.Combine(mine, "file")), "a file of a mount's source");
                Expect.That(File.Exists(container.Bundle.ConfigFile), "the bundle is gone");
                Expect.That(Directory.Exists(container.Bundle.Rootfs), "the root file system is gone");
                Expect.Equal("running", other.Status(), "status of the container whose namespace was joined");
            })),
        new("runtime.md#runtimeLifecycle",
            Must("lifecycle.destroyed", "Delete undoes what create did.", Resources)),
    ];

    private static void Resources(Box box)
    {
        string mounts = File.ReadAllText("/proc/self/mountinfo");
        Container container = box.Sleeper(b => b.Mount("/mnt", "tmpfs", "tmpfs"));
        container.Stop();
        container.Delete();
        container.TryState().ExpectError("state of a deleted container");
        Expect.Equal(mounts, File.ReadAllText("/proc/self/mountinfo"), "mounts of the host");
        foreach (string cgroup in box.Host.Cgroups.Of(container.Bundle.CgroupsPath))
            throw new Failed($"{cgroup} is left");
        Container again = new(box, container.Id, container.Bundle);
        again.Create();
        again.Created.Expect("create with the id of a deleted container");
        again.Destroy();
    }
}
