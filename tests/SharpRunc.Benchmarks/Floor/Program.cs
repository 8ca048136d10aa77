using SharpRunc.Benchmarks.Floor;

// sharprunc-floor [ROOTFS CGROUP]: runs /bin/true in ROOTFS with the bare calls that the benchmark's bundle costs any runtime.
// Without arguments it only starts: that is the share of the program's own start.
// sharprunc-floor --join CGROUP UNIFIED: what joining costs.
// sharprunc-floor --peak FILE COMMAND…: how large a command became.
return args is ["--peak", string file, .. string[] command] ? Peak.Run(file, command)
    : args is ["--join", string name, string unified] ? Join.Run(name, unified)
    : args is [string rootfs, string cgroup] ? Container.Run(rootfs, cgroup) : 0;
