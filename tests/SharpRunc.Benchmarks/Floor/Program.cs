using SharpRunc.Benchmarks.Floor;

// sharprunc-floor [ROOTFS CGROUP]: runs /bin/true in ROOTFS with the bare calls that the benchmark's bundle costs any runtime.
// Without arguments it only starts: that is the share of the program's own start.
return args is [string rootfs, string cgroup] ? Container.Run(rootfs, cgroup) : 0;
