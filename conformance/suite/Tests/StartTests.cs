using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class StartTests
{
    public static Section[] Sections =>
    [
        new("runtime.md#runtimeStart",
            Must("start.id", "Start without an id, or with one that nobody has, is an error.", box =>
            {
                box.Call("start").ExpectError("start without an id");
                box.Call("start", box.NewId()).ExpectError("start of an unknown container");
            }),
            Must("start.not-created", "Start of a container that is not created is an error and does nothing to it.", box =>
            {
                Container container = box.Sleeper();
                container.TryStart().ExpectError("start of a running container");
                Expect.Equal("running", container.Status(), "status");
                Expect.Equal(container.Pid, (int?)container.State()["pid"] ?? 0, "pid");
                container.Stop();
                container.TryStart().ExpectError("start of a stopped container");
                Expect.Equal("stopped", container.Status(), "status");
            }),
            Must("start.program", "Start runs the program that process describes.", Runs),
            Must("start.process", "Start of a container without process is an error.", WithoutProcess)),
        new("runtime.md#runtimeLifecycle",
            Must("lifecycle.program", "Start runs the program that process describes.", Runs)),
        new("config.md#configProcess",
            Required("process.at-start", "start fails for a container without process.", WithoutProcess)),
    ];

    private static void Runs(Box box)
    {
        Container container = box.Start(box.NewBundle("say hello", "exit 7"));
        int? status = container.WaitForEnd();
        Expect.Equal("hello", container.Answers().Text(0), "what the program says");
        if (status is not null)
            Expect.Equal(7, status.Value >> 8 & 0xff, "exit status of the container's process");
    }

    /// <summary>A runtime may already refuse it at create: it is start that must not succeed.</summary>
    private static void WithoutProcess(Box box) => box.Refuses(b => b.Config.Remove("process"), atStart: true);
}
